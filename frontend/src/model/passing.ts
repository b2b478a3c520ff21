/**
 * What passes each segment: the VLANs, and the hosts that carry them there. The same meaning as
 * designer/topology/passing.py; golden cases read by pytest and vitest hold them together.
 */

import type { Design } from './records.ts'
import { hostId, natural, nodeOf } from './records.ts'
import { once } from './once.ts'
import { isVlanAware } from './proposing.ts'
import { trunkings } from './trunking.ts'
import { idsOf } from './vlans.ts'

export const UNTAGGED = 0

/** By VLAN, ascending, the hosts whose NICs carry it, in natural order. */
export type Passing = ReadonlyMap<number, readonly string[]>

/** By segment; each has an entry. VLAN 0 are untagged frames. Worked out once for each design. */
export const passing: (design: Design) => ReadonlyMap<string, Passing> = once(workedOut)

/** The VLANs that each NIC carries, by its id; 0 for untagged frames. */
export function carriedBy(design: Design): Map<string, Set<number>> {
  const carried = new Map<string, Set<number>>()
  const at = (nic: string): Set<number> => {
    const known = carried.get(nic) ?? new Set()
    carried.set(nic, known)
    return known
  }
  for (const trunk of trunkings(design).values())
    for (const { nic } of trunk.uplinks) {
      const vlans = at(nic)
      for (const id of trunk.tagged) vlans.add(id)
      if (trunk.native !== null && trunk.ids.has(trunk.native)) vlans.add(UNTAGGED)
    }
  for (const [card, port] of cables(design, 'bridge')) {
    const record = design.interfaces[port]
    const aware = isVlanAware(design.nodes[nodeOf(port)])
    const vlans = at(nodeOf(card))
    if (!aware || typeof record?.vlan === 'number') vlans.add(UNTAGGED)
    if (aware) for (const id of idsOf(record?.tagged)) vlans.add(id)
  }
  return carried
}

function workedOut(design: Design): Map<string, Passing> {
  const found = new Map<string, Map<number, Set<string>>>()
  for (const [id, node] of Object.entries(design.nodes))
    if (node.kind === 'segment') found.set(id, new Map())
  if (!found.size) return new Map()
  const carried = carriedBy(design)
  for (const [card, port] of cables(design, 'segment')) {
    const nic = nodeOf(card)
    const host = hostId(design.nodes[nic])
    const vlans = found.get(nodeOf(port))
    if (host === undefined || !vlans) continue
    for (const vlan of carried.get(nic) ?? []) {
      const hosts = vlans.get(vlan)
      if (hosts) hosts.add(host)
      else vlans.set(vlan, new Set([host]))
    }
  }
  return new Map([...found].map(([segment, vlans]) => [segment, ordered(vlans)]))
}

const ordered = (vlans: ReadonlyMap<number, ReadonlySet<string>>): Passing =>
  new Map(
    [...vlans]
      .sort(([one], [other]) => one - other)
      .map(([vlan, hosts]) => [vlan, [...hosts].sort(natural)]),
  )

/** The cables of NICs on the side where this kind is: the NIC's interface and the far one. */
function* cables(design: Design, kind: 'bridge' | 'segment'): Generator<[string, string]> {
  const side = kind === 'segment' ? ':out' : ':in'
  for (const { a, b } of Object.values(design.links))
    for (const [near, far] of [
      [a, b],
      [b, a],
    ] as const)
      if (
        near.endsWith(side) &&
        design.nodes[nodeOf(near)]?.kind === 'nic' &&
        design.nodes[nodeOf(far)]?.kind === kind
      )
        yield [near, far]
}

/** VLANs of a segment that the same hosts carry, together: what a person wants to read. */
export interface PassingGroup {
  vlans: readonly number[]
  hosts: readonly string[]
}

export function grouped(vlans: Passing): PassingGroup[] {
  const groups = new Map<string, { vlans: number[]; hosts: readonly string[] }>()
  for (const [vlan, hosts] of vlans) {
    const key = hosts.join(' ')
    const group = groups.get(key)
    if (group) group.vlans.push(vlan)
    else groups.set(key, { vlans: [vlan], hosts })
  }
  return [...groups.values()]
}
