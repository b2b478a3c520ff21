/** The table of a segment: a row for each VLAN, a column for each host on it. */

import { indexOf, otherEnd } from '@/model/index-of.ts'
import { UNTAGGED, passing } from '@/model/passing.ts'
import type { Passing } from '@/model/passing.ts'
import type { Design } from '@/model/records.ts'
import { hostId, natural, nodeOf } from '@/model/records.ts'
import { shown } from '@/model/vlans.ts'

export interface PassingRow {
  /** 0: untagged. */
  vlan: number
  /** As one reads it: "10", "untagged", or neighbours that fare alike, "100-110". */
  title: string
  hosts: readonly string[]
  /** One host alone carries it, of several that are there. */
  alone: boolean
}

export interface PassingTable {
  hosts: string[]
  rows: PassingRow[]
}

export function passingTable(design: Design, segment: string): PassingTable {
  const hosts = pluggedIn(design, segment)
  const rows: PassingRow[] = []
  for (const { vlans, hosts: there } of runs(passing(design).get(segment) ?? new Map()))
    rows.push({
      vlan: vlans[0] ?? 0,
      title: vlans[0] === UNTAGGED ? 'untagged' : shown(vlans),
      hosts: there,
      alone: there.length === 1 && hosts.length > 1,
    })
  return { hosts, rows }
}

/** Three or more ids in a row that the same hosts carry are one row, as lists write them. */
const SHORTEST_RUN = 3

function runs(carried: Passing): { vlans: number[]; hosts: readonly string[] }[] {
  const found: { vlans: number[]; hosts: readonly string[] }[] = []
  for (const [vlan, hosts] of carried) {
    const run = found.at(-1)
    const goesOn = run?.vlans.at(-1) === vlan - 1 && vlan - 1 !== UNTAGGED
    if (run && goesOn && run.hosts.join() === hosts.join()) run.vlans.push(vlan)
    else found.push({ vlans: [vlan], hosts })
  }
  return found.flatMap(({ vlans, hosts }) =>
    vlans.length >= SHORTEST_RUN ? [{ vlans, hosts }] : vlans.map((vlan) => ({ vlans: [vlan], hosts })),
  )
}

/** The hosts with a NIC here, those too that carry nothing on it. */
function pluggedIn(design: Design, segment: string): string[] {
  const { interfacesOf, linksAt } = indexOf(design)
  const hosts = new Set<string>()
  for (const port of interfacesOf.get(segment) ?? [])
    for (const id of linksAt.get(port) ?? []) {
      const link = design.links[id]
      const host = link && hostId(design.nodes[nodeOf(otherEnd(link, port))])
      if (host !== undefined) hosts.add(host)
    }
  return [...hosts].sort(natural)
}
