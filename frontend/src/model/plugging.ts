/** Pulling a cable: which ones can be, as designer/topology/plugging.py has it. */

import { indexOf, otherEnd } from './index-of.ts'
import { isVlanAware } from './proposing.ts'
import type { Design, LinkRecord, Ref } from './records.ts'
import { keyOf, natural, nodeOf, splitRef } from './records.ts'

const SWITCHES = new Set(['bridge', 'network'])

export function canUnplug(design: Design, link: LinkRecord): boolean {
  const ends = [link.a, link.b].map((end) => ({ end, node: design.nodes[nodeOf(end)] }))
  const kinds = new Set(ends.map(({ node }) => node?.kind))
  const onSwitch = ends.some(({ node }) => node && SWITCHES.has(node.kind))
  if (kinds.has('nic')) {
    const nic = ends.find(({ node }) => node?.kind === 'nic')
    return kinds.has('bridge') && nic !== undefined && overVxlan(design, nic.end)
  }
  if (kinds.has('trunk')) {
    const trunk = ends.find(({ node }) => node?.kind === 'trunk')
    const vlan = trunk && design.interfaces[trunk.end]?.vlan
    const native = vlan !== null && vlan !== undefined && vlan === trunk?.node?.['native']
    return onSwitch && !native && trunk?.node !== undefined && !isVlanAware(trunk.node)
  }
  return onSwitch
}

/** Whether a NIC's outer side is in a segment that goes by VXLAN; else the NIC itself is the port. */
function overVxlan(design: Design, inner: string): boolean {
  const { interfacesOf, linksAt } = indexOf(design)
  return (interfacesOf.get(nodeOf(inner)) ?? [])
    .filter((id) => keyOf(id) !== keyOf(inner))
    .flatMap((id) => (linksAt.get(id) ?? []).map((link) => [id, design.links[link]] as const))
    .some(([id, link]) => {
      const segment = link && design.nodes[nodeOf(otherEnd(link, id))]
      return segment?.kind === 'segment' && segment['transport'] === 'vxlan'
    })
}

/** The cables that a selection is about: those in it, and of a node or interface all that can be
 * unplugged. */
export function cablesOf(design: Design, refs: Iterable<Ref>): string[] {
  const { interfacesOf, linksAt } = indexOf(design)
  const found = new Set<string>()
  for (const at of refs) {
    const [table, id] = splitRef(at)
    if (table === 'links') found.add(id)
    const ends = table === 'nodes' ? (interfacesOf.get(id) ?? []) : table === 'interfaces' ? [id] : []
    for (const end of ends) for (const link of linksAt.get(end) ?? []) found.add(link)
  }
  return [...found]
    .filter((id) => {
      const link = design.links[id]
      return link !== undefined && (!link.plugged || canUnplug(design, link))
    })
    .sort(natural)
}
