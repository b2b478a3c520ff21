/** What a trunk makes of each of its ports: the design's own words turned into names to be read. */

import type { Design } from '@/model/records.ts'
import { interfaceTitle, keyOf, natural, nodeOf, titleOf } from '@/model/records.ts'
import type { Access as Drawn } from '@/model/trunking.ts'
import { trunkings } from '@/model/trunking.ts'
import { shown } from '@/model/vlans.ts'

/**
 * What comes of a port: a sub-interface that is a `port` of a bridge, that `is` a machine's own
 * interface, or one in the hypervisor `itself`; the NIC `untagged`, where the VLAN is the native
 * one; nothing yet, where the port has `no-vlan` or leads nowhere (`loose`).
 */
export type Becomes = 'port' | 'is' | 'itself' | 'untagged' | 'no-vlan' | 'loose'

export interface Access {
  /** The trunk's port, an interface's id. */
  port: string
  vlan: number | null
  /** The sub-interface as it will be called; of an untagged one the NIC. */
  name: string
  /** Whether the name is written at the port, and may be written there. */
  named: boolean
  nameable: boolean
  becomes: Becomes
  /** The node that it leads to, and its interface. */
  far?: { node: string; interface: string; title: string }
  addresses: string[]
}

export interface TrunkView {
  mode: 'sub-interfaces' | 'vlan-aware'
  native: number | null
  /** The VLANs on its list. */
  ids: number[]
  nic?: { node: string; device: string }
  access: Access[]
}

export function viewOf(design: Design, id: string): TrunkView {
  const trunk = trunkings(design).get(id)
  const up = trunk?.uplinks[0]
  const nic = up && { node: up.nic, device: deviceOf(design, up.nic) }
  const native = trunk?.native ?? null
  const access = (trunk?.accesses ?? [])
    .map((one) => accessOf(design, one, nic?.device ?? 'nic', native))
    .sort((one, other) => (one.vlan ?? Infinity) - (other.vlan ?? Infinity) || natural(one.port, other.port))
  return {
    mode: trunk?.aware === true ? 'vlan-aware' : 'sub-interfaces',
    native,
    ids: [...(trunk?.ids ?? [])],
    ...(nic && { nic }),
    access,
  }
}

function accessOf(design: Design, end: Drawn, device: string, native: number | null): Access {
  const record = design.interfaces[end.port]
  const { vlan } = end
  const addresses = record?.addresses ?? []
  const far = end.far === undefined ? undefined : design.nodes[nodeOf(end.far)]
  const machine = far?.kind === 'container' || far?.kind === 'router'
  const untagged = vlan !== null && vlan === native && !machine
  const becomes: Becomes =
    vlan === null
      ? 'no-vlan'
      : end.far === undefined
        ? addresses.length > 0
          ? 'itself'
          : 'loose'
        : machine
          ? 'is'
          : untagged
            ? 'untagged'
            : 'port'
  const written = record?.name ?? ''
  const own =
    machine && end.far !== undefined ? interfaceTitle(end.far, design.interfaces[end.far]) : ''
  const name = own || (untagged ? device : written || (vlan === null ? '' : `${device}.${vlan}`))
  return {
    port: end.port,
    vlan,
    name,
    named: written !== '' && !machine && !untagged,
    nameable: !machine && !untagged,
    becomes,
    ...(end.far !== undefined && {
      far: { node: nodeOf(end.far), interface: end.far, title: titleOf(nodeOf(end.far), far) },
    }),
    addresses,
  }
}

/** The card's name on the hypervisor, else how the drawing calls it. */
function deviceOf(design: Design, nic: string): string {
  const name = design.nodes[nic]?.['name']
  return typeof name === 'string' && name !== '' ? name : nic
}

/** One access link in a sentence, for those who do not see the picture. */
export function said(one: Access): string {
  const where = one.far === undefined ? '' : one.far.title
  switch (one.becomes) {
    case 'port':
      return `VLAN ${one.vlan ?? ''}: ${one.name}, a port of ${where}`
    case 'is':
      return `VLAN ${one.vlan ?? ''}: ${one.name} of ${where}`
    case 'itself':
      return `VLAN ${one.vlan ?? ''}: ${one.name} with ${one.addresses.join(', ')}`
    case 'untagged':
      return `VLAN ${one.vlan ?? ''}, untagged: ${one.name} itself, a port of ${where}`
    case 'no-vlan':
      return `${where || keyOf(one.port)}: no VLAN yet`
    case 'loose':
      return `VLAN ${one.vlan ?? ''}: neither connected nor with an address, so nothing is made`
  }
}

/** What a VLAN-aware trunk's NIC carries as a port of its bridge. */
export const carried = (view: TrunkView): { tagged: string; untagged: string } => ({
  tagged: shown(view.ids.filter((id) => id !== view.native)),
  untagged: view.native === null ? 'none' : String(view.native),
})
