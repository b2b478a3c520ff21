/** What the strip of a network says about its port forwards, and how high it makes the network. */

import type { Forward } from '@/model/forwards.ts'
import { forwardsOf } from '@/model/forwards.ts'
import type { Fields } from '@/model/records.ts'

/** Further ones are counted behind the last. */
const MOST = 2
/** Less high than what passes a segment: a network mostly stands in a row with others. */
export const FORWARD_ROW = 16
const EDGES = 8

/** Those that there is room for, and how many more there are. */
export function forwardStripOf(node: Fields): { rows: readonly Forward[]; more: number } {
  const all = forwardsOf(node)
  return { rows: all.slice(0, MOST), more: Math.max(0, all.length - MOST) }
}

/** Below the title of a node, units of the plane; 0 without forwards. */
export function forwardStripHeight(node: Fields): number {
  const { length } = forwardStripOf(node).rows
  return length ? length * FORWARD_ROW + EDGES : 0
}
