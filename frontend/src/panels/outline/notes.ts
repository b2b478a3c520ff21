/** Which VLANs a node has to do with, in a few words: what the canvas shows by colour. */

import { indexOf, otherEnd } from '@/model/index-of.ts'
import type { Design } from '@/model/records.ts'
import { nodeOf } from '@/model/records.ts'
import { idsOf, shown } from '@/model/vlans.ts'

/** "10, 20" of a trunk, "VLAN 10" of what is in one, "VLAN-aware" of a bridge that filters. */
export function vlanNote(design: Design, id: string): string {
  const node = design.nodes[id]
  if (node === undefined) return ''
  if (node.kind === 'trunk') {
    const ids = idsOf(node['vlans'])
    return ids.length === 0 ? 'no VLAN yet' : `${ids.length === 1 ? 'VLAN' : 'VLANs'} ${shown(ids)}`
  }
  if (node.kind === 'bridge' && node['vlan_filtering'] === true) return 'VLAN-aware'
  const ids = accessVlans(design, id)
  if (ids.length === 0) return ''
  return `${ids.length === 1 ? 'VLAN' : 'VLANs'} ${shown(ids)}`
}

/** The VLANs of the access links that end at a node. */
function accessVlans(design: Design, id: string): number[] {
  const { interfacesOf, linksAt } = indexOf(design)
  const found: number[] = []
  for (const own of interfacesOf.get(id) ?? [])
    for (const linkId of linksAt.get(own) ?? []) {
      const link = design.links[linkId]
      if (!link) continue
      const far = otherEnd(link, own)
      const vlan = design.interfaces[far]?.vlan
      if (typeof vlan === 'number' && givesVlans(design, nodeOf(far))) found.push(vlan)
    }
  return found
}

const givesVlans = (design: Design, id: string): boolean => {
  const node = design.nodes[id]
  return node?.kind === 'trunk' || (node?.kind === 'bridge' && node['vlan_filtering'] === true)
}
