/**
 * Which fields of an interface mean something, by the kind of its node: the same table as
 * designer/rules/drawn/useless_field.py, which refuses the others.
 */

import type { KindSpec, FieldSpec } from '@/model/kinds.ts'
import type { Design, Json, NodeRecord } from '@/model/records.ts'
import { nodeOf } from '@/model/records.ts'
import { indexOf, otherEnd } from '@/model/index-of.ts'
import { isVlanAware } from '@/model/proposing.ts'
import { trunkings } from '@/model/trunking.ts'

const STACK = ['name', 'addresses', 'mac', 'mtu']
const PORT = ['cost', 'priority', 'hairpin']
const VLANS = ['vlan', 'tagged']
/** "tap" is a bridge's port with a VM on it, "card" one at a trunk; "aware" those of a bridge that
 * keeps VLANs apart. "trunk" is a trunk's port at a bridge, "trunk host" one that leads to nothing
 * but the host, "trunk only" one at a machine, or of the native VLAN. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  container: STACK,
  router: STACK,
  host: STACK,
  bridge: ['name', 'mac', 'mtu', ...PORT],
  tap: ['mtu'],
  aware: ['name', 'mac', 'mtu', ...PORT, ...VLANS],
  'aware tap': ['mtu', ...VLANS],
  card: PORT,
  'aware card': [...PORT, ...VLANS],
  trunk: ['vlan', 'name', 'mac', 'mtu'],
  'trunk host': ['vlan', 'name', 'mac', 'mtu', 'addresses'],
  'trunk only': ['vlan'],
  network: ['mtu'],
  vm: ['addresses', 'mac', 'mtu', 'model'],
}

/** The fields to offer: those that mean something here, and any other that is set all the same. */
export function offered(design: Design, id: string, spec: KindSpec): FieldSpec[] {
  const record = design.interfaces[id]
  if (!design.nodes[nodeOf(id)] || !record) return []
  const meant = MEANT[roleOf(design, id)] ?? []
  return spec.fields.filter((field) => {
    if (field.name === 'node') return false
    if (meant.includes(field.name)) return true
    return JSON.stringify(record[field.name]) !== JSON.stringify(field.default)
  })
}

/** What an interface is, as the keys of the table say it. */
function roleOf(design: Design, id: string): string {
  const own = nodeOf(id)
  const node = design.nodes[own]
  if (node?.kind === 'trunk') return atTrunk(design, id)
  if (node?.kind !== 'bridge') return node?.kind ?? ''
  const far = farOf(design, id)
  const role = far?.kind === 'vm' ? 'tap' : far?.kind === 'trunk' ? 'card' : 'bridge'
  // Where a VLAN-aware trunk is plugged in, the trunk says what passes.
  if (!isVlanAware(node) || (far?.kind === 'trunk' && isVlanAware(far))) return role
  return role === 'bridge' ? 'aware' : `aware ${role}`
}

function atTrunk(design: Design, id: string): string {
  const trunk = trunkings(design).get(nodeOf(id))
  const access = trunk?.accesses.find((one) => one.port === id)
  if (trunk === undefined || access === undefined || trunk.aware) return ''
  if (access.vlan !== null && access.vlan === trunk.native) return 'trunk only'
  if (access.far === undefined) return 'trunk host'
  return design.nodes[nodeOf(access.far)]?.kind === 'bridge' ? 'trunk' : 'trunk only'
}

function farOf(design: Design, id: string): NodeRecord | undefined {
  const [linkId] = indexOf(design).linksAt.get(id) ?? []
  const link = linkId === undefined ? undefined : design.links[linkId]
  return link && design.nodes[nodeOf(otherEnd(link, id))]
}

const CLOUD_INIT = ['hostname', 'user', 'ssh_keys', 'gateway', 'dns']
const OF_DISK = ['disk_size', 'disk_bus']

/** Fields of a node that mean something only beside another of its fields, by its kind. */
function idle(node: NodeRecord, name: string): boolean {
  if (node.kind === 'bridge') return name === 'vlan' && node['vlan_filtering'] !== true
  if (node.kind === 'network') return idleAtNetwork(node, name)
  if (node.kind === 'router') return name === 'forwards' && isEmpty(node['masquerade'])
  if (node.kind !== 'vm') return false
  if (CLOUD_INIT.includes(name)) return node['cloud_init'] !== true
  if (OF_DISK.includes(name)) return node['disk'] === ''
  return ['initrd', 'cmdline'].includes(name) && node['kernel'] === ''
}

const isEmpty = (list: Json | undefined): boolean => !Array.isArray(list) || list.length === 0

/** The fields of a node to offer: those that mean something, and any other that is set. */
export function offeredAtNode(node: NodeRecord, spec: KindSpec): FieldSpec[] {
  return spec.fields.filter(
    ({ name, default: unset }) =>
      !idle(node, name) || JSON.stringify(node[name]) !== JSON.stringify(unset),
  )
}

const OF_EXISTING: readonly string[] = ['host', 'label', 'existing']

function idleAtNetwork(node: NodeRecord, name: string): boolean {
  // The hypervisor's own network is used as it is.
  if (node['existing']) return !OF_EXISTING.includes(name)
  const isDrawn = !isEmpty(node['addresses'])
  if (name === 'forwards') return node['forward'] !== 'nat'
  if (name === 'ipv6') return isDrawn
  if (name === 'dhcp_start' || name === 'dhcp_end') return node['dhcp'] !== true || !isDrawn
  return false
}
