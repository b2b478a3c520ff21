/**
 * What a cable or a new trunk starts with where VLANs are concerned, so that drawing alone makes
 * something that works: the next VLAN of a trunk, the VLAN of a port on a VLAN-aware bridge.
 */

import type { Design, Fields, NodeRecord } from './records.ts'
import { hostId, nodeOf } from './records.ts'
import { indexOf, otherEnd } from './index-of.ts'
import { grown, idsOf, written } from './vlans.ts'

/** What the port of a cable to be gets, and what changes on its node. */
export interface Proposal {
  port: Fields
  node: Fields
}

const NOTHING: Proposal = { port: {}, node: {} }

export const isVlanAware = (node: NodeRecord | undefined): boolean =>
  node?.kind === 'bridge' ? node['vlan_filtering'] === true : node?.['mode'] === 'vlan-aware'

/** What the port at `node` of a cable towards `other` starts with. */
export function proposal(design: Design, node: string, other: string): Proposal {
  const [here, there] = [design.nodes[node], design.nodes[other]]
  if (!here || !there || there.kind === 'nic') return NOTHING
  if (here.kind === 'trunk') return atTrunk(design, node, here, there)
  if (here.kind === 'bridge') return atBridge(design, node, here, other, there)
  return NOTHING
}

function atTrunk(design: Design, id: string, trunk: NodeRecord, other: NodeRecord): Proposal {
  if (isVlanAware(trunk)) return NOTHING
  const fresh = accessPorts(design, id).length === 0
  if (fresh && other.kind === 'bridge' && isVlanAware(other))
    return { port: {}, node: { mode: 'vlan-aware' } }
  const ids = idsOf(trunk['vlans'])
  const free = freeVlan(design, id)
  if (free !== undefined) return { port: { vlan: free }, node: {} }
  const vlan = grown(ids)
  return { port: { vlan }, node: { vlans: written([...ids, vlan]) } }
}

/** The first VLAN of a trunk that no access port of it has. */
export function freeVlan(design: Design, trunk: string): number | undefined {
  const used = new Set(accessPorts(design, trunk).map((port) => design.interfaces[port]?.vlan))
  return idsOf(design.nodes[trunk]?.['vlans']).find((id) => !used.has(id))
}

/** Ports of a trunk on the side of the lab: all but the one at its NIC. */
function accessPorts(design: Design, trunk: string): string[] {
  return (indexOf(design).interfacesOf.get(trunk) ?? []).filter(
    (port) => farKind(design, port) !== 'nic',
  )
}

function farNode(design: Design, port: string): string | undefined {
  const [id] = indexOf(design).linksAt.get(port) ?? []
  const link = id === undefined ? undefined : design.links[id]
  return link && nodeOf(otherEnd(link, port))
}

function farKind(design: Design, port: string): NodeRecord['kind'] | undefined {
  const far = farNode(design, port)
  return far === undefined ? undefined : design.nodes[far]?.kind
}

function atBridge(
  design: Design,
  id: string,
  bridge: NodeRecord,
  other: string,
  there: NodeRecord,
): Proposal {
  if (there.kind === 'trunk')
    return isVlanAware(there) && !isVlanAware(bridge)
      ? { port: {}, node: { vlan_filtering: true } }
      : NOTHING
  if (!isVlanAware(bridge)) return NOTHING
  const known = vlansAt(design, id)
  // Two VLAN-aware switches: all that either knows goes across, tagged.
  if (there.kind === 'bridge' && isVlanAware(there))
    return {
      port: { tagged: written([...known.keys(), ...vlansAt(design, other).keys()]) },
      node: {},
    }
  // A machine: into the VLAN that has the fewest, the lowest of them.
  const [first] = [...known].sort(([a, least], [b, other]) => least - other || a - b)
  return first ? { port: { vlan: first[0] }, node: {} } : NOTHING
}

/** The VLANs that a VLAN-aware bridge knows, each with how many access ports it has there. */
function vlansAt(design: Design, bridge: string): Map<number, number> {
  const known = new Map<number, number>()
  for (const port of indexOf(design).interfacesOf.get(bridge) ?? []) {
    const record = design.interfaces[port]
    const far = farNode(design, port)
    const trunk = far === undefined ? undefined : design.nodes[far]
    const carried = trunk?.kind === 'trunk' ? idsOf(trunk['vlans']) : []
    for (const id of [...carried, ...idsOf(record?.tagged)]) known.set(id, known.get(id) ?? 0)
    if (typeof record?.vlan === 'number') known.set(record.vlan, (known.get(record.vlan) ?? 0) + 1)
  }
  return known
}

/** A new trunk carries what the lab's others carry: the ends of a segment have to agree. */
export function trunkFields(design: Design): Fields {
  const other = Object.values(design.nodes).find(
    (node) => node.kind === 'trunk' && idsOf(node['vlans']).length > 0,
  )
  return other ? { vlans: other['vlans'] ?? [], native: other['native'] ?? null } : {}
}

/** The one NIC of a host that nothing is plugged into yet; undefined with none or several. */
export function freeNic(design: Design, host: string): string | undefined {
  const { onHost, linksAt } = indexOf(design)
  const free = (onHost.get(host) ?? []).filter(
    (id) =>
      design.nodes[id]?.kind === 'nic' &&
      hostId(design.nodes[id]) === host &&
      (linksAt.get(`${id}:in`) ?? []).length === 0,
  )
  return free.length === 1 ? free[0] : undefined
}
