/** What can be done with several nodes at once; shows itself when several are selected. */

import type { ReactElement } from 'react'
import { ActionIcon, Text, Tooltip } from '@mantine/core'
import type { Command } from '@/icons/index.tsx'
import { Icon } from '@/icons/index.tsx'
import { actions, selectedVms, useStore } from '@/store/index.ts'
import type { Alignment } from './arranging.ts'
import { align } from './arranging.ts'

const WAYS: readonly [Alignment, Command, string][] = [
  ['left', 'alignLeft', 'Align left'],
  ['center', 'alignCenter', 'Align centres, one above the other'],
  ['top', 'alignTop', 'Align top'],
  ['middle', 'alignMiddle', 'Align middles, side by side'],
  ['spread-x', 'spreadX', 'Spread evenly across'],
  ['spread-y', 'spreadY', 'Spread evenly down'],
]

export function SelectionBar(): ReactElement | null {
  const count = useStore((state) => {
    let nodes = 0
    for (const at of state.selection) if (at.startsWith('nodes/')) nodes++
    return nodes
  })
  const vms = useStore((state) => selectedVms(state).length)
  if (count < 2) return null
  return (
    <div className="tl-bar tl-selection-bar" role="toolbar" aria-label="Selected nodes">
      <Text size="xs" fw={600} px={8}>
        {count} selected
      </Text>
      {WAYS.map(([way, icon, words]) => (
        <Tooltip key={way} label={words}>
          <ActionIcon variant="subtle" color="gray" aria-label={words} onClick={() => align(way)}>
            <Icon name={icon} size={17} />
          </ActionIcon>
        </Tooltip>
      ))}
      {vms > 0 ? (
        <>
          <span className="tl-bar-gap" />
          <Tooltip label={`Start ${vms === 1 ? 'the VM' : `${vms} VMs`}, or resume (P)`}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label="Start the selected VMs"
              onClick={() => actions.powerSelected(true)}
            >
              <Icon name="play" size={17} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={`Shut down ${vms === 1 ? 'the VM' : `${vms} VMs`} (Shift P)`}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label="Shut down the selected VMs"
              onClick={() => actions.powerSelected(false)}
            >
              <Icon name="power" size={17} />
            </ActionIcon>
          </Tooltip>
        </>
      ) : null}
      <span className="tl-bar-gap" />
      <Tooltip label="Duplicate with links (Ctrl D)">
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Duplicate with links"
          onClick={() => actions.duplicate()}
        >
          <Icon name="copy" size={17} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Delete (Del)">
        <ActionIcon
          variant="subtle"
          color="red"
          aria-label="Delete"
          onClick={actions.removeSelected}
        >
          <Icon name="trash" size={17} />
        </ActionIcon>
      </Tooltip>
    </div>
  )
}
