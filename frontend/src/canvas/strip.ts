/** What the strip of a segment says, and how high it makes the segment. */

import { UNTAGGED, grouped, passing } from '@/model/passing.ts'
import type { Design } from '@/model/records.ts'
import { titleOf } from '@/model/records.ts'
import { shown } from '@/model/vlans.ts'

export interface StripRow {
  vlans: readonly number[]
  untagged: boolean
  hosts: readonly string[]
}

export interface Strip {
  rows: readonly StripRow[]
  /** Rows that there is no room for. */
  more: number
}

/** More VLANs in one row than this are written as a list. */
export const CHIPS = 4
const MOST = 5
const NONE: Strip = { rows: [], more: 0 }
const kept = new WeakMap<Design, Map<string, Strip>>()

/** Rows by the hosts that carry the same. Untagged frames alone are no news: then there are none. */
export function stripOf(design: Design, segment: string): Strip {
  const known = kept.get(design) ?? new Map<string, Strip>()
  kept.set(design, known)
  let strip = known.get(segment)
  if (!strip) {
    strip = workedOut(design, segment)
    known.set(segment, strip)
  }
  return strip
}

function workedOut(design: Design, segment: string): Strip {
  const groups = grouped(passing(design).get(segment) ?? new Map())
  if (!groups.some(({ vlans }) => vlans.some((vlan) => vlan !== UNTAGGED))) return NONE
  const rows = groups.map(({ vlans, hosts }) => ({
    vlans: vlans.filter((vlan) => vlan !== UNTAGGED),
    untagged: vlans.includes(UNTAGGED),
    hosts,
  }))
  return { rows: rows.slice(0, MOST), more: Math.max(0, rows.length - MOST) }
}

/** A letter and a VLAN with its swatch, roughly: the plane has no ruler. */
const LETTER = 6
const CHIP = 34

/** How wide the rows are, units of the plane. */
export function stripWidth(design: Design, segment: string): number {
  const widths = stripOf(design, segment).rows.map(({ vlans, untagged, hosts }) => {
    const names = hosts.map((host) => titleOf(host, design.nodes[host])).join(' – ')
    const ids =
      vlans.length > CHIPS ? 20 + LETTER * shown(vlans).length : CHIP * vlans.length
    return ids + (untagged ? 56 : 0) + LETTER * (names.length + 5) + 36
  })
  return Math.max(0, ...widths)
}

export const ROW = 20
const EDGES = 12

/** Below the title of a segment, units of the plane; 0 without VLANs. */
export function stripHeight(design: Design, segment: string): number {
  const { rows, more } = stripOf(design, segment)
  return rows.length ? (rows.length + (more ? 1 : 0)) * ROW + EDGES : 0
}
