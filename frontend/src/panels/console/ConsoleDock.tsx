/** Below the canvas: the consoles that are open, a tab each. Those that are not shown go on. */

import type { KeyboardEvent, PointerEvent, ReactElement } from 'react'
import { useCallback, useRef, useState } from 'react'
import { ActionIcon, Tooltip, VisuallyHidden } from '@mantine/core'
import { Icon } from '@/icons/index.tsx'
import { titleOf } from '@/model/records.ts'
import type { ConsoleTab } from '@/store/index.ts'
import { actions, useNode, useUi } from '@/store/index.ts'
import { ConsoleView } from './ConsoleView.tsx'
import { KIND_WORDS } from './words.ts'

const LEAST = 140
const STEP = 24
const most = (): number => Math.round(window.innerHeight * 0.75)

export function ConsoleDock(): ReactElement | null {
  const tabs = useUi((ui) => ui.consoles)
  const shown = useUi((ui) => ui.console)
  const [height, setHeight] = useState(300)
  const dock = useRef<HTMLDivElement>(null)
  const leave = useCallback(
    () => dock.current?.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]')?.focus(),
    [],
  )
  if (!tabs.length) return null
  const resize = (to: number): void => setHeight(Math.max(LEAST, Math.min(to, most())))
  return (
    <div
      className="tl-dock"
      ref={dock}
      style={{ height }}
      data-console="dock"
      data-testid="console-dock"
    >
      <Handle height={height} onResize={resize} />
      <div className="tl-dock-head">
        <div role="tablist" aria-label="Consoles" className="tl-dock-tabs">
          {tabs.map((tab) => (
            <Tab key={tab.key} tab={tab} shown={tab.key === shown} all={tabs} />
          ))}
        </div>
        {/* No tab list has buttons in it: those at the tabs are for the pointer. */}
        <VisuallyHidden>
          {tabs.map((tab) => (
            <Close key={tab.key} tab={tab} />
          ))}
        </VisuallyHidden>
        <Tooltip label="Close all consoles">
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label="Close all consoles"
            onClick={() => actions.closeConsole()}
          >
            <Icon name="close" size={15} />
          </ActionIcon>
        </Tooltip>
      </div>
      {tabs.map((tab) => (
        <ConsoleView
          key={tab.key}
          node={tab.node}
          kind={tab.kind}
          shown={tab.key === shown}
          onLeave={leave}
        />
      ))}
    </div>
  )
}

function Tab({
  tab, shown, all,
}: { tab: ConsoleTab; shown: boolean; all: readonly ConsoleTab[] }): ReactElement {
  const record = useNode(tab.node)
  const name = titleOf(tab.node, record)
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const at = all.findIndex((one) => one.key === tab.key)
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step !== undefined) {
      const next = all[(at + step + all.length) % all.length]
      if (!next) return
      actions.setUi({ console: next.key })
      document.getElementById(`tab-${next.key}`)?.focus()
    } else if (event.key === 'Delete') actions.closeConsole(tab.key)
    else return
    event.preventDefault()
  }
  return (
    <span className="tl-dock-tab" data-shown={shown}>
      <button
        type="button"
        role="tab"
        id={`tab-${tab.key}`}
        aria-selected={shown}
        tabIndex={shown ? 0 : -1}
        aria-label={`${KIND_WORDS[tab.kind]} of ${name}`}
        aria-keyshortcuts="Delete"
        onClick={() => actions.setUi({ console: tab.key })}
        onKeyDown={onKeyDown}
      >
        <Icon name={tab.kind === 'serial' ? 'terminal' : 'screen'} size={15} />
        {name}
      </button>
      <span
        className="tl-dock-close"
        aria-hidden="true"
        title="Close it (Delete)"
        onClick={() => actions.closeConsole(tab.key)}
      >
        <Icon name="close" size={12} />
      </span>
    </span>
  )
}

/** For who reads the page by a screen reader; by the keyboard it is Delete on the tab. */
function Close({ tab }: { tab: ConsoleTab }): ReactElement {
  const name = titleOf(tab.node, useNode(tab.node))
  return (
    <button type="button" tabIndex={-1} onClick={() => actions.closeConsole(tab.key)}>
      Close the {KIND_WORDS[tab.kind].toLowerCase()} of {name}
    </button>
  )
}

function Handle({
  height, onResize,
}: { height: number; onResize: (to: number) => void }): ReactElement {
  const from = useRef<{ y: number; height: number } | null>(null)
  return (
    <div
      className="tl-dock-handle"
      role="separator"
      aria-orientation="horizontal"
      aria-label="Height of the consoles"
      aria-valuenow={height}
      aria-valuemin={LEAST}
      aria-valuemax={most()}
      tabIndex={0}
      onPointerDown={(event: PointerEvent<HTMLElement>) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        from.current = { y: event.clientY, height }
      }}
      onPointerMove={(event) => {
        if (from.current) onResize(from.current.height + from.current.y - event.clientY)
      }}
      onPointerUp={() => (from.current = null)}
      onKeyDown={(event) => {
        const step = { ArrowUp: STEP, ArrowDown: -STEP }[event.key]
        if (step === undefined) return
        event.preventDefault()
        onResize(height + step)
      }}
    />
  )
}
