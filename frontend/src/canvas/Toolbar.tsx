/** View commands at the corner of the canvas. */

import type { ReactElement } from 'react'
import { useState } from 'react'
import { ActionIcon, Loader, Menu, Tooltip, UnstyledButton } from '@mantine/core'
import { useStore as useFlow } from '@xyflow/react'
import type { Command } from '@/icons/index.tsx'
import { Icon } from '@/icons/index.tsx'
import { get, notify, setUi, useStore, useUi } from '@/store/index.ts'
import { arrangeAll } from './arranging.ts'
import { local } from './local.ts'
import { coloursOf } from './palette-of-colours.ts'
import { view } from './view.ts'

function Tool({
  icon,
  words,
  keys,
  on,
  act,
}: {
  icon: Command
  words: string
  keys?: string
  on?: boolean
  act: () => void
}): ReactElement {
  return (
    <Tooltip label={keys === undefined ? words : `${words} (${keys})`}>
      <ActionIcon
        variant={on === true ? 'light' : 'subtle'}
        color={on === true ? 'indigo' : 'gray'}
        size={30}
        aria-label={words}
        aria-pressed={on}
        onClick={act}
      >
        <Icon name={icon} size={17} />
      </ActionIcon>
    </Tooltip>
  )
}

/** Saves the picture of the whole lab. */
export async function savePicture(kind: 'svg' | 'png'): Promise<void> {
  const { svgOf, pngOf, save } = await import('./picture.ts')
  const { design, lab, ui } = get()
  const svg = svgOf(design, local().base, coloursOf(), ui.checks)
  const name = (lab?.name ?? 'lab').replaceAll(/[^A-Za-z0-9._-]+/g, '-')
  try {
    const blob = kind === 'svg' ? new Blob([svg], { type: 'image/svg+xml' }) : await pngOf(svg)
    save(`${name}.${kind}`, blob)
  } catch (error) {
    notify('error', 'No picture', error instanceof Error ? error.message : String(error))
  }
}

export function Toolbar(): ReactElement {
  const percent = useFlow((state) => Math.round(state.transform[2] * 100))
  const snapping = useUi((ui) => ui.snap)
  const minimap = useUi((ui) => ui.minimap)
  const legend = useUi((ui) => ui.legend)
  const checks = useUi((ui) => ui.checks)
  const empty = useStore((state) => Object.keys(state.design.nodes).length === 0)
  const [busy, setBusy] = useState(false)
  const arrange = (): void => {
    setBusy(true)
    void arrangeAll().then((done) => {
      setBusy(false)
      if (done) view.fit()
    })
  }
  return (
    <div className="tl-bar" role="toolbar" aria-label="View">
      <Tool icon="minus" words="Zoom out" keys="-" act={view.zoomOut} />
      <Tooltip label="Back to 100 % (0)">
        <UnstyledButton
          className="tl-zoom"
          aria-label={`Zoom ${percent} %, back to 100 %`}
          onClick={() => view.zoomTo(1)}
        >
          {percent} %
        </UnstyledButton>
      </Tooltip>
      <Tool icon="plus" words="Zoom in" keys="+" act={view.zoomIn} />
      <Tool icon="fit" words="Show everything" keys="F" act={view.fit} />
      <span className="tl-bar-gap" />
      {busy ? (
        <ActionIcon variant="subtle" color="gray" size={30} aria-label="Laying out" disabled>
          <Loader size={14} />
        </ActionIcon>
      ) : (
        <Tool icon="layout" words="Automatic layout" keys="L" act={empty ? () => undefined : arrange} />
      )}
      <Tool
        icon="grid"
        words="Snap to the grid"
        keys="G"
        on={snapping}
        act={() => setUi({ snap: !snapping })}
      />
      <Tool
        icon="map"
        words="Minimap"
        keys="M"
        on={minimap}
        act={() => setUi({ minimap: !minimap })}
      />
      <Tool
        icon="reach"
        words="Show checks"
        keys="Shift K"
        on={checks}
        act={() => setUi({ checks: !checks })}
      />
      <Tool icon="info" words="Legend" on={legend} act={() => setUi({ legend: !legend })} />
      <Menu position="top-start" shadow="md" width={180}>
        <Menu.Target>
          <Tooltip label="Save a picture">
            <ActionIcon variant="subtle" color="gray" size={30} aria-label="Save a picture">
              <Icon name="download" size={17} />
            </ActionIcon>
          </Tooltip>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => void savePicture('svg')}>Picture as SVG</Menu.Item>
          <Menu.Item onClick={() => void savePicture('png')}>Picture as PNG</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  )
}
