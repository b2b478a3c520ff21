/** The table of a preflight: VLAN × pair of hypervisors, with a column for each size of frame. */

import type { Cell, Preflight } from '@/live/messages.ts'
import { shown } from '@/model/vlans.ts'

export type Passed = boolean | null

export interface PreflightRow {
  segment: string
  /** "10", "untagged", or several that all went the same way, "10, 20, 100-110". */
  vlans: string
  sender: string
  receiver: string
  /** Whether it went the same way back, which this row then says too. */
  both: boolean
  passed: Passed[]
}

export interface PreflightTable {
  /** Bytes of payload, ascending. */
  sizes: number[]
  rows: PreflightRow[]
}

/** More than this and VLANs that fared alike share a row. */
const MOST_ROWS = 36

export function tableOf(cells: readonly Cell[]): PreflightTable {
  const sizes = [...new Set(cells.map((cell) => cell.size))].sort((one, other) => one - other)
  const ways = new Map<string, Way>()
  for (const cell of cells) {
    const key = `${cell.segment}\n${cell.vlan}\n${cell.sender}\n${cell.receiver}`
    let way = ways.get(key)
    if (way === undefined) {
      const { segment, vlan, sender, receiver } = cell
      way = { segment, vlans: [vlan], sender, receiver, both: false, passed: sizes.map(() => null) }
      ways.set(key, way)
    }
    way.passed[sizes.indexOf(cell.size)] = cell.passed
  }
  let found = thereAndBack([...ways.values()])
  if (found.length > MOST_ROWS) found = alike(found)
  const rows = found
    .sort((one, other) => gravity(one) - gravity(other) || order(one, other))
    .map(({ vlans, ...way }) => ({ ...way, vlans: vlanWords(vlans) }))
  return { sizes, rows }
}

interface Way extends Omit<PreflightRow, 'vlans'> {
  vlans: number[]
}

/** What passes there as it does back is one row. */
function thereAndBack(ways: readonly Way[]): Way[] {
  const name = (way: Way, from: string, to: string): string =>
    [way.segment, way.vlans.join(), from, to, way.passed.join()].join('\n')
  const known = new Set(ways.map((way) => name(way, way.sender, way.receiver)))
  return ways
    .filter((way) => {
      const back = known.has(name(way, way.receiver, way.sender))
      return !back || way.sender < way.receiver
    })
    .map((way) => ({ ...way, both: known.has(name(way, way.receiver, way.sender)) }))
}

/** VLANs that fared alike between the same two are one row. */
function alike(ways: readonly Way[]): Way[] {
  const rows = new Map<string, Way>()
  for (const way of ways) {
    const key = [way.segment, way.sender, way.receiver, way.both, way.passed.join()].join('\n')
    const row = rows.get(key)
    if (row === undefined) rows.set(key, { ...way, vlans: [...way.vlans] })
    else row.vlans.push(...way.vlans)
  }
  return [...rows.values()]
}

/** What does not pass comes first, then what is not known. */
const gravity = (way: Way): number =>
  way.passed.includes(false) ? 0 : way.passed.includes(null) ? 1 : 2

const order = (one: Way, other: Way): number =>
  one.segment.localeCompare(other.segment) ||
  (one.vlans[0] ?? 0) - (other.vlans[0] ?? 0) ||
  one.sender.localeCompare(other.sender, 'en', { numeric: true }) ||
  one.receiver.localeCompare(other.receiver, 'en', { numeric: true })

function vlanWords(ids: readonly number[]): string {
  const tagged = ids.filter((id) => id !== 0)
  if (!ids.includes(0)) return shown(tagged)
  return tagged.length === 0 ? 'untagged' : `untagged, ${shown(tagged)}`
}

/** "11 of 12 probes came through", as far as it is known. */
export function tally({ cells, state }: Preflight): string {
  const passed = cells.filter((cell) => cell.passed === true).length
  if (cells.length === 0) return state === 'running' ? 'Hypervisors send each other frames…' : ''
  return `${passed.toLocaleString('en')} of ${cells.length.toLocaleString('en')} came through`
}
