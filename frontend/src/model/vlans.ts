/**
 * Lists of VLAN ids (IEEE 802.1Q) as they are written in a design: whole numbers 1 to 4094 and
 * ranges such as "100-110". The same meaning as designer/topology/vlans.py.
 */

import type { Json } from './records.ts'

export const LEAST_VLAN = 1
export const MOST_VLAN = 4094

const RANGE = /^([1-9][0-9]{0,3})-([1-9][0-9]{0,3})$/

/** The ids of a written list, in order. What is no VLAN is left out: the server names it. */
export function idsOf(value: Json | undefined): number[] {
  if (!Array.isArray(value)) return []
  const ids = new Set<number>()
  const take = (id: number): void => {
    if (Number.isInteger(id) && id >= LEAST_VLAN && id <= MOST_VLAN) ids.add(id)
  }
  for (const one of value) {
    if (typeof one === 'number') take(one)
    if (typeof one !== 'string') continue
    const [, first, last] = RANGE.exec(one) ?? []
    for (let id = Number(first); id <= Math.min(Number(last), MOST_VLAN); id++) take(id)
  }
  return [...ids].sort((one, other) => one - other)
}

/** The list as it is written: in order, runs of three or more as ranges. */
export function written(ids: Iterable<number>): (number | string)[] {
  const list: (number | string)[] = []
  for (const [first, last] of runs(ids)) {
    if (last - first >= 2) list.push(`${first}-${last}`)
    else for (let id = first; id <= last; id++) list.push(id)
  }
  return list
}

/** For people: "10, 20, 100-110"; "none" where there are none. */
export const shown = (ids: Iterable<number>): string => written(ids).join(', ') || 'none'

function runs(ids: Iterable<number>): [first: number, last: number][] {
  const found: [number, number][] = []
  for (const id of [...new Set(ids)].sort((one, other) => one - other)) {
    const run = found.at(-1)
    if (run && id === run[1] + 1) run[1] = id
    else found.push([id, id])
  }
  return found
}

/** An id that the list does not have: one step on from the last, as people number them. */
export function grown(ids: readonly number[]): number {
  const [last, before] = [ids.at(-1), ids.at(-2)]
  if (last === undefined) return 10
  const next = last + (before === undefined ? 10 : last - before)
  if (next <= MOST_VLAN) return next
  const taken = new Set(ids)
  for (let id = 2; id <= MOST_VLAN; id++) if (!taken.has(id)) return id
  return MOST_VLAN
}
