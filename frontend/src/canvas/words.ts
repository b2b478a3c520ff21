/** The small words on a node: what a person wants to know without opening it. */

import type { Design, Json, NodeRecord } from '@/model/records.ts'
import { indexOf } from '@/model/index-of.ts'
import { idsOf, shown } from '@/model/vlans.ts'

const list = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.map((one) => String(one as string | number)) : []
const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

const number = (value: Json | undefined): number => (typeof value === 'number' ? value : 0)

const FORWARD: Readonly<Record<string, string>> = {
  nat: 'NAT',
  routed: 'routed',
  open: 'open',
  isolated: 'isolated',
}

/** Behind the title: how a network of the lab's own is joined to the outside; '' for all else. */
export const modeOf = (node: NodeRecord): string =>
  node.kind === 'network' && !text(node['existing']) ? (FORWARD[text(node['forward'])] ?? '') : ''

/** One line below the title. */
export function subtitle(design: Design, id: string, node: NodeRecord): string {
  const join = (...parts: (string | false | undefined)[]): string =>
    parts.filter((part) => part !== '' && part !== undefined && part !== false).join(' · ')
  const named = node.label ? text(node['name']) || id : ''
  switch (node.kind) {
    case 'bridge':
      return (
        join(
          named,
          node['vlan_filtering'] === true && 'VLAN-aware',
          node['stp'] === true && 'STP',
          list(node['addresses'])[0],
        ) || 'bridge'
      )
    case 'network':
      if (text(node['existing'])) return join(text(node['existing']), "the hypervisor's own")
      // The address is what people look for; its bridge's name is the least that is asked for.
      return join(list(node['addresses'])[0] ?? 'subnet chosen when deployed', text(node['name']))
    case 'trunk': {
      const vlans = idsOf(node['vlans'])
      const native = node['native']
      return join(
        node['mode'] === 'vlan-aware' && 'VLAN-aware',
        vlans.length ? `VLAN ${shown(vlans)}` : 'no VLANs yet',
        typeof native === 'number' && `native ${native}`,
      )
    }
    case 'nic':
      return text(node['name']) ? named || 'NIC' : 'no device chosen'
    case 'vm': {
      const off = node['running'] === false
      return join(`${number(node['memory'])} MiB`, `${number(node['vcpus'])} vCPU`, off && 'off')
    }
    case 'container':
    case 'router': {
      const interfaces = indexOf(design).interfacesOf.get(id) ?? []
      const all = interfaces.flatMap((one) => design.interfaces[one]?.addresses ?? [])
      const first = all[0] ?? 'no address yet'
      return all.length > 1 ? `${first} +${all.length - 1}` : first
    }
    case 'segment':
      return node['transport'] === 'plain' ? 'plain LAN' : 'VXLAN'
    case 'host':
      return ''
  }
}
