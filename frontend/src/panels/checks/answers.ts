/** How checks went, counted in words. */

import type { Counts } from '@/store/statuses.ts'
import type { Status } from '@/live/messages.ts'

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
