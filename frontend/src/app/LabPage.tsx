/** The designer: one lab, its canvas, and the panels around it. */

import type { ReactElement } from 'react'
import { useEffect, useState } from 'react'
import { Badge, Button, Loader, SegmentedControl } from '@mantine/core'
import { Canvas } from '@/canvas/Canvas.tsx'
import { Carried, Palette } from '@/canvas/Palette.tsx'
import { useShortcuts } from '@/canvas/shortcuts.ts'
import {
  ChecksPanel,
  ConnectDialog,
  ConsoleDock,
  ConsolePage,
  DeployDrawer,
  DestroyDialog,
  FindingsList,
  Inspector,
  KeyboardHelp,
  Outline,
  PlacementDialog,
  RevisionsDrawer,
  VmDialog,
} from '@/panels/index.ts'
import { ApiError, get, openLab, setUi, useCheckCounts, useStore, useUi } from '@/store/index.ts'
import { Banners } from './Banners.tsx'
import { Header } from './Header.tsx'
import type { OnlyConsole } from './routes.ts'
import { go } from './routes.ts'

export function LabPage({ id, only }: { id: string; only?: OnlyConsole }): ReactElement {
  const [error, setError] = useState<ApiError | null>(null)
  useEffect(() => {
    let close: (() => void) | undefined
    let gone = false
    openLab(id).then(
      (closing) => {
        if (gone) closing()
        else close = closing
      },
      (failure: unknown) => {
        if (gone) return
        if (failure instanceof ApiError) setError(failure)
        else throw failure
      },
    )
    return () => {
      gone = true
      close?.()
    }
  }, [id])
  if (error)
    return (
      <main className="tl-centre">
        <div>
          <h1>{error.status === 404 ? 'There is no such lab' : 'The lab cannot be opened'}</h1>
          <p>
            {error.status === 404
              ? 'It may have been deleted, or it belongs to a team that you are not in.'
              : error.message}
          </p>
          <Button onClick={() => go('/')}>To the labs</Button>
        </div>
      </main>
    )
  return only ? <ConsolePage {...only} /> : <Designer />
}

/** The page once a lab is being opened; shown by the harness too. */
export function Designer(): ReactElement {
  const ready = useStore((state) => state.ready)
  const connection = useStore((state) => state.connection)
  const name = useStore((state) => state.lab?.name)
  const leftOpen = useUi((ui) => ui.leftOpen)
  const rightOpen = useUi((ui) => ui.rightOpen)
  const drawer = useUi((ui) => ui.drawer)
  useShortcuts()
  useNarrow()
  useEffect(() => {
    document.title = name === undefined ? 'Trunkline' : `${name} · Trunkline`
  }, [name])
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => {
      if (get().pending.length) event.preventDefault()
    }
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [])
  return (
    <div className="tl-shell" data-connection={connection}>
      <Header />
      {leftOpen ? <Left /> : null}
      <main className="tl-main">
        <div className="tl-main-canvas">
          {ready ? (
            <Canvas />
          ) : (
            <div className="tl-centre" role="status">
              <Loader aria-label="Opening the lab" />
            </div>
          )}
          <Banners />
        </div>
        {drawer ? (
          <div className="tl-drawer">
            {drawer === 'deploy' ? <DeployDrawer /> : <RevisionsDrawer />}
          </div>
        ) : null}
        <ConsoleDock />
      </main>
      {rightOpen ? <Right /> : null}
      <ConnectDialog />
      <PlacementDialog />
      <DestroyDialog />
      <VmDialog />
      <KeyboardHelp />
      <Carried />
    </div>
  )
}

/** On a narrow window the columns lie over the canvas, so they start closed. */
function useNarrow(): void {
  useEffect(() => {
    const narrow = window.matchMedia('(max-width: 980px)')
    const follow = (): void => setUi({ leftOpen: !narrow.matches, rightOpen: !narrow.matches })
    if (narrow.matches) follow()
    narrow.addEventListener('change', follow)
    return () => narrow.removeEventListener('change', follow)
  }, [])
}

function Left(): ReactElement {
  const tab = useUi((ui) => ui.left)
  return (
    <aside className="tl-left" aria-label={tab === 'palette' ? 'Palette' : 'Outline'}>
      <div className="tl-column-tabs">
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label="Left column"
          value={tab}
          onChange={(value) => setUi({ left: value === 'outline' ? 'outline' : 'palette' })}
          data={[
            { value: 'palette', label: 'Add' },
            { value: 'outline', label: 'Outline' },
          ]}
        />
      </div>
      <div className="tl-column-body">{tab === 'palette' ? <Palette /> : <Outline />}</div>
    </aside>
  )
}

const TABS = { inspector: 'Inspector', findings: 'Findings', checks: 'Checks' } as const

function Right(): ReactElement {
  const tab = useUi((ui) => ui.right)
  return (
    <aside className="tl-right" aria-label={TABS[tab]}>
      <div className="tl-column-tabs">
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label="Right column"
          value={tab}
          onChange={(value) => setUi({ right: value })}
          data={[
            { value: 'inspector', label: TABS.inspector },
            { value: 'findings', label: <FindingsTab /> },
            { value: 'checks', label: <ChecksTab /> },
          ]}
        />
      </div>
      <div className="tl-column-body">
        {tab === 'inspector' ? <Inspector /> : tab === 'findings' ? <FindingsList /> : <ChecksPanel />}
      </div>
    </aside>
  )
}

function FindingsTab(): ReactElement {
  const count = useStore((state) => state.findings.length)
  const errors = useStore((state) => state.findings.some((one) => one.severity === 'error'))
  return (
    <span data-testid="findings-tab">
      {TABS.findings}
      {count ? (
        <Badge size="xs" ml={4} px={5} color={errors ? 'red' : 'yellow'} variant="light">
          {count}
        </Badge>
      ) : null}
    </span>
  )
}

/** With how many checks are not as expected, else how many there are. */
function ChecksTab(): ReactElement {
  const drawn = useStore((state) => Object.keys(state.design.checks).length)
  const { failed = 0 } = useCheckCounts()
  return (
    <span data-testid="checks-tab">
      {TABS.checks}
      {drawn ? (
        <Badge size="xs" ml={4} px={5} color={failed ? 'red' : 'gray'} variant="light">
          {failed ? `✕ ${failed}` : drawn}
        </Badge>
      ) : null}
    </span>
  )
}
