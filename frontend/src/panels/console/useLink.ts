/** A console's connection as a panel sees it: where it stands, and how it comes back. */

import { useCallback, useEffect, useRef, useState } from 'react'
import type { ConsoleKind, Ending } from '@/live/console.ts'
import { ConsoleLink } from '@/live/console.ts'
import { ref } from '@/model/records.ts'
import { useStatus, useStore } from '@/store/index.ts'

/** What shows the bytes: a terminal or a screen. */
export interface Shown {
  /** A new beginning; send what is typed by this. */
  begin: (link: ConsoleLink) => void
  data: (bytes: Uint8Array) => void
  skipped: (bytes: number) => void
  end: () => void
}

export interface Line {
  state: 'opening' | 'open' | 'ended'
  ending: Ending | null
  /** Everyone who has it open, oneself too. */
  people: readonly string[]
  /** It comes back by itself, when what it waits for is there. */
  waits: boolean
  reconnect: (force?: boolean) => void
}

const FIRST_PAUSE = 1000
const LONGEST_PAUSE = 15_000

/** `shown` is null until whatever shows it is loaded; the console opens then. */
export function useLink(node: string, kind: ConsoleKind, shown: Shown | null): Line {
  const lab = useStore((state) => state.lab?.id)
  const [attempt, setAttempt] = useState({ number: 0, force: false })
  const [line, setLine] = useState<Pick<Line, 'state' | 'ending'>>({ state: 'opening', ending: null })
  const [people, setPeople] = useState<readonly string[]>([])
  const pause = useRef(FIRST_PAUSE)
  const status = useStatus(ref('nodes', node))
  const runs = isRunning(status)

  useEffect(() => {
    if (shown === null || lab === undefined) return
    const link: ConsoleLink = new ConsoleLink(
      lab,
      node,
      kind,
      {
        opened: () => {
          pause.current = FIRST_PAUSE
          setLine({ state: 'open', ending: null })
          shown.begin(link)
        },
        data: shown.data,
        skipped: shown.skipped,
        people: setPeople,
        ended: (ending) => {
          shown.end()
          setPeople([])
          setLine({ state: 'ended', ending })
        },
      },
      { force: attempt.force },
    )
    return () => {
      shown.end()
      link.close()
    }
  }, [lab, node, kind, shown, attempt])

  const reconnect = useCallback((force = false) => {
    setLine({ state: 'opening', ending: null })
    setAttempt(({ number }) => ({ number: number + 1, force }))
  }, [])

  const waits = line.ending !== null && comesBack(line.ending)
  const now = waits && (waitsForVm(line.ending) ? runs : true)
  useEffect(() => {
    if (!now) return
    const timer = setTimeout(reconnect, pause.current)
    pause.current = Math.min(pause.current * 2, LONGEST_PAUSE)
    return () => clearTimeout(timer)
  }, [now, line, reconnect])

  return { ...line, people, waits, reconnect }
}

/** Whether libvirt says so; a VM of which nothing is known is not said to run. */
export function isRunning(
  status: { facts: Readonly<Record<string, unknown>> } | undefined,
): boolean {
  return ['running', 'idle', 'paused'].includes(String(status?.facts['domain_state']))
}

/** The VM is not there to be opened, and its status tells when it is. */
export const waitsForVm = (ending: Ending | null): boolean =>
  ending?.reason === 'off' || ending?.code === 'not-deployed'

const comesBack = (ending: Ending): boolean =>
  ending.reason === 'away' || ending.reason === 'lost' || waitsForVm(ending)
