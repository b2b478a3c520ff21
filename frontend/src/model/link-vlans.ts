/** Which VLAN each cable is in, and which it carries tagged; and where one VLAN goes. */

import { once } from './once.ts'
import type { Design } from './records.ts'
import { nodeOf } from './records.ts'
import { Lans } from './lans.ts'
import { UNTAGGED, carriedBy } from './passing.ts'
import { awarePorts, trunkings } from './trunking.ts'

export interface LinkVlans {
  /** Of its untagged frames; undefined where they are in none, or VLANs are bridged together. */
  access: number | undefined
  tagged: ReadonlySet<number>
}

const NONE: ReadonlyMap<string, LinkVlans> = new Map()
const NO_VLANS: ReadonlySet<number> = new Set()

/** By link, those that have to do with VLANs; worked out once for each design. */
export const linkVlans: (design: Design) => ReadonlyMap<string, LinkVlans> = once(workedOut)

function workedOut(design: Design): ReadonlyMap<string, LinkVlans> {
  const trunks = trunkings(design)
  const ports = awarePorts(design)
  if (!trunks.size && !ports.length) return NONE
  const lans = new Lans(design)
  const vlansOf = lans.vlans()
  const carried = carriedBy(design)
  const tagged = new Map<string, ReadonlySet<number>>()
  for (const one of ports) tagged.set(one.port, one.tagged)
  for (const trunk of trunks.values()) {
    for (const { port } of trunk.uplinks) tagged.set(port, trunk.tagged)
    for (const { port, vlan } of trunk.accesses) {
      if (trunk.aware) tagged.set(port, trunk.tagged)
      if (vlan === null) continue
      const lan = lans.at(port, null)
      if (lan !== undefined) vlansOf.set(lan, (vlansOf.get(lan) ?? new Set()).add(vlan))
    }
  }
  const taggedAt = (id: string): ReadonlySet<number> => {
    const known = tagged.get(id)
    if (known) return known
    const nic = id.endsWith(':out') ? carried.get(nodeOf(id)) : undefined
    return nic ? new Set([...nic].filter((vlan) => vlan !== UNTAGGED)) : NO_VLANS
  }
  const found = new Map<string, LinkVlans>()
  for (const [id, { a, b }] of Object.entries(design.links)) {
    const inside = vlansOf.get(lans.at(a, null) ?? '') ?? NO_VLANS
    const [access] = inside.size === 1 ? inside : []
    const both = new Set([...taggedAt(a), ...taggedAt(b)])
    if (access !== undefined || both.size) found.set(id, { access, tagged: both })
  }
  return found
}

export interface Reach {
  nodes: ReadonlySet<string>
  links: ReadonlySet<string>
}

/** Where a VLAN goes: the cables that carry it and the nodes at their ends. */
export function reachOf(design: Design, vlan: number): Reach {
  const [nodes, links] = [new Set<string>(), new Set<string>()]
  for (const [id, { access, tagged }] of linkVlans(design)) {
    if (access !== vlan && !tagged.has(vlan)) continue
    links.add(id)
    const link = design.links[id]
    for (const end of link ? [link.a, link.b] : []) nodes.add(nodeOf(end))
  }
  return { nodes, links }
}

/** The VLANs that something of a design is in or carries, ascending. */
export function vlansIn(design: Design): number[] {
  const found = new Set<number>()
  for (const { access, tagged } of linkVlans(design).values()) {
    if (access !== undefined) found.add(access)
    for (const vlan of tagged) found.add(vlan)
  }
  return [...found].sort((one, other) => one - other)
}
