/** The table of a segment: a row for each VLAN, a column for each host on it. */

import { indexOf, otherEnd } from '@/model/index-of.ts'
import type { Design } from '@/model/records.ts'
import { hostId, natural, nodeOf } from '@/model/records.ts'
import { idsOf } from '@/model/vlans.ts'

export interface PassingRow {
  /** 0: untagged. */
  vlan: number
  hosts: string[]
  /** One host alone carries it, of several that are there. */
  alone: boolean
}

export interface PassingTable {
  hosts: string[]
  rows: PassingRow[]
}

export function passingTable(design: Design, segment: string): PassingTable {
  const byVlan = new Map<number, Set<string>>()
  const hosts = new Set<string>()
  for (const nic of neighbours(design, segment)) {
    const host = hostId(design.nodes[nic])
    if (host === undefined) continue
    hosts.add(host)
    for (const vlan of carriedBy(design, nic)) {
      const there = byVlan.get(vlan) ?? new Set<string>()
      byVlan.set(vlan, there.add(host))
    }
  }
  const rows = [...byVlan]
    .sort(([one], [other]) => one - other)
    .map(([vlan, there]) => ({
      vlan,
      hosts: [...there].sort(natural),
      alone: there.size === 1 && hosts.size > 1,
    }))
  return { hosts: [...hosts].sort(natural), rows }
}

/** The nodes that cables lead to from here. */
function neighbours(design: Design, id: string): string[] {
  const { interfacesOf, linksAt } = indexOf(design)
  return (interfacesOf.get(id) ?? []).flatMap((own) =>
    (linksAt.get(own) ?? []).flatMap((linkId) => {
      const link = design.links[linkId]
      return link ? [nodeOf(otherEnd(link, own))] : []
    }),
  )
}

/** What a NIC carries: its trunk's VLANs, or the untagged frames of the bridge behind it. */
function carriedBy(design: Design, nic: string): number[] {
  return neighbours(design, nic).flatMap((id) => {
    const node = design.nodes[id]
    if (node?.kind === 'bridge') return [0]
    if (node?.kind !== 'trunk') return []
    const native = node['native']
    return idsOf(node['vlans']).map((vlan) => (vlan === native ? 0 : vlan))
  })
}
