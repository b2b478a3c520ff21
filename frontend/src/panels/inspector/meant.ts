/**
 * Which fields of an interface mean something, by the kind of its node: the same table as
 * designer/rules/drawn/useless_field.py, which refuses the others.
 */

import type { KindSpec, FieldSpec } from '@/model/kinds.ts'
import type { Design, NodeRecord } from '@/model/records.ts'
import { nodeOf } from '@/model/records.ts'
import { indexOf, otherEnd } from '@/model/index-of.ts'

const STACK = ['name', 'addresses', 'mac', 'mtu']
const PORT = ['name', 'mac', 'mtu', 'cost', 'priority', 'hairpin']
const VLANS = ['vlan', 'tagged']

/** The fields to offer: those that mean something here, and any other that is set all the same. */
export function offered(design: Design, id: string, spec: KindSpec): FieldSpec[] {
  const record = design.interfaces[id]
  if (!design.nodes[nodeOf(id)] || !record) return []
  const meant = meantAt(design, id)
  return spec.fields.filter((field) => {
    if (field.name === 'node') return false
    if (meant.includes(field.name)) return true
    return JSON.stringify(record[field.name]) !== JSON.stringify(field.default)
  })
}

function meantAt(design: Design, id: string): readonly string[] {
  const node = design.nodes[nodeOf(id)]
  const far = farOf(design, id)
  switch (node?.kind) {
    case 'container':
    case 'router':
      return STACK
    case 'host':
      return STACK
    case 'network':
      return ['mtu']
    case 'vm':
      return ['mac', 'mtu', 'model']
    case 'bridge': {
      const own = far?.kind === 'vm' ? ['mtu'] : PORT
      // Of the port towards a VLAN-aware trunk the trunk says what passes.
      const says = node['vlan_filtering'] === true && far?.kind !== 'trunk'
      return says ? [...own, ...VLANS] : own
    }
    case 'trunk':
      return atTrunk(node, far)
    default:
      return []
  }
}

/** What a trunk's port leads to decides what it is: see designer/topology/trunks.py. */
function atTrunk(trunk: NodeRecord, far: NodeRecord | undefined): readonly string[] {
  if (trunk['mode'] === 'vlan-aware' || far?.kind === 'nic') return []
  if (far?.kind === 'container' || far?.kind === 'router') return ['vlan']
  return far === undefined ? ['vlan', 'name', 'addresses', 'mtu'] : ['vlan', 'name', 'mtu']
}

function farOf(design: Design, id: string): NodeRecord | undefined {
  const [linkId] = indexOf(design).linksAt.get(id) ?? []
  const link = linkId === undefined ? undefined : design.links[linkId]
  return link && design.nodes[nodeOf(otherEnd(link, id))]
}

/** Fields of a node that mean something only beside another of its fields. */
export function offeredAtNode(node: NodeRecord, spec: KindSpec): FieldSpec[] {
  return spec.fields.filter(
    ({ name }) =>
      !(node.kind === 'bridge' && name === 'vlan' && node['vlan_filtering'] !== true) ||
      node[name] !== null,
  )
}
