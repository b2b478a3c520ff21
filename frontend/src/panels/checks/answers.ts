/** What came of a check, in words that say whether that is as it should be. */

import type { Counts } from '@/store/statuses.ts'
import type { State, Status } from '@/live/messages.ts'
import type { Expect } from '@/model/checking.ts'

export interface Answer {
  words: string
  sign: State
}

/** Of a check that was not run since it was drawn there is no status. */
export function answerOf(expect: Expect, status: Status | undefined): Answer {
  if (status === undefined) return { words: 'Not run yet', sign: 'absent' }
  const reach = expect === 'reach'
  switch (status.state) {
    case 'ok':
      return { words: reach ? 'Reached' : 'Not reached, as it should be', sign: 'ok' }
    case 'failed':
      return { words: reach ? 'Not reached' : 'Reached, and must not be', sign: 'failed' }
    case 'applying':
    case 'pending':
      return { words: 'Asking…', sign: 'applying' }
    default:
      return { words: 'No answer known', sign: 'unknown' }
  }
}

/** "3 of 3 pings answered, 0.4 ms", from the facts of an answer. */
export function pings(facts: Status['facts']): string {
  const { sent, received, rtt_ms: rtt } = facts
  if (typeof sent !== 'number' || typeof received !== 'number' || sent === 0) return ''
  const count = `${received} of ${sent} ${sent === 1 ? 'ping' : 'pings'} answered`
  return typeof rtt === 'number' ? `${count}, ${inMs(rtt)}` : count
}

const inMs = (rtt: number): string => `${rtt < 10 ? rtt.toFixed(1) : Math.round(rtt)} ms`

/** How the checks stand, in one line; empty where none is drawn. */
export function summary(drawn: number, counts: Counts): string {
  if (drawn === 0) return ''
  const [ok = 0, failed = 0, unknown = 0] = [counts.ok, counts.failed, counts.unknown]
  const running = (counts.applying ?? 0) + (counts.pending ?? 0)
  const rest = Math.max(0, drawn - ok - failed - unknown - running)
  if (ok === drawn) return drawn === 1 ? 'As expected' : `All ${drawn} as expected`
  return [
    [failed, 'not as expected'],
    [running, 'being asked'],
    [ok, 'as expected'],
    [unknown, 'without an answer'],
    [rest, 'not run yet'],
  ]
    .filter(([count]) => count !== 0)
    .map(([count, words]) => `${count} ${words}`)
    .join(', ')
}
