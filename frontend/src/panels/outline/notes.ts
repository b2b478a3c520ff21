/** What a node has to do with besides its cables, in a few words: VLANs and port forwards. */

import { forwardWords, forwardsOf } from '@/model/forwards.ts'
import { indexOf } from '@/model/index-of.ts'
import { linkVlans } from '@/model/link-vlans.ts'
import { isVlanAware } from '@/model/proposing.ts'
import type { Design } from '@/model/records.ts'
import { idsOf, shown } from '@/model/vlans.ts'

export const noteOf = (design: Design, id: string): string =>
  [
    vlanNote(design, id),
    ...forwardsOf(design.nodes[id]).map((one) => forwardWords(design, one)),
  ]
    .filter((one) => one !== '')
    .join(', ')

/** "10, 20" of a trunk, "VLAN 10" of what is in one, "VLAN-aware" of a bridge that filters. */
function vlanNote(design: Design, id: string): string {
  const node = design.nodes[id]
  if (node === undefined) return ''
  if (node.kind === 'trunk') {
    const ids = idsOf(node['vlans'])
    return ids.length === 0 ? 'no VLAN yet' : shown(ids)
  }
  if (node.kind === 'bridge' && isVlanAware(node)) return 'VLAN-aware'
  if (node.kind === 'segment' || node.kind === 'nic') return ''
  const ids = accessVlans(design, id)
  if (ids.length === 0) return ''
  return `${ids.length === 1 ? 'VLAN' : 'VLANs'} ${shown(ids)}`
}

/** The VLANs that its cables are in, untagged. */
function accessVlans(design: Design, id: string): number[] {
  const { interfacesOf, linksAt } = indexOf(design)
  const vlans = linkVlans(design)
  const found = new Set<number>()
  for (const own of interfacesOf.get(id) ?? [])
    for (const link of linksAt.get(own) ?? []) {
      const access = vlans.get(link)?.access
      if (access !== undefined) found.add(access)
    }
  return [...found]
}
