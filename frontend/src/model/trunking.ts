/**
 * Trunks as they are drawn: the NIC behind each, and where its VLANs lead. The same meaning as
 * designer/topology/trunks.py and ports.py.
 */

import { once } from './once.ts'
import type { Design, NodeRecord } from './records.ts'
import { natural, nodeOf } from './records.ts'
import { indexOf, otherEnd } from './index-of.ts'
import { isVlanAware } from './proposing.ts'
import { idsOf } from './vlans.ts'

/** A port of a trunk away from its NIC; `far` is the interface at the other end of its link. */
export interface Access {
  port: string
  vlan: number | null
  far: string | undefined
}

export interface Trunking {
  id: string
  aware: boolean
  native: number | null
  /** Every VLAN that passes; `tagged` those that do with their tag. */
  ids: ReadonlySet<number>
  tagged: ReadonlySet<number>
  /** Its ports towards NICs; a rule wants exactly one. */
  uplinks: readonly { port: string; nic: string }[]
  accesses: readonly Access[]
}

/** A port of a VLAN-aware bridge: the VLAN of its untagged frames, and those with their tag. */
export interface AwarePort {
  bridge: string
  port: string
  pvid: number | null
  tagged: ReadonlySet<number>
}

/** Every trunk of a design, by id; worked out once for each design. */
export const trunkings = once(
  (design: Design): ReadonlyMap<string, Trunking> =>
    new Map(
      Object.entries(design.nodes)
        .filter(([, node]) => node.kind === 'trunk')
        .map(([id, node]) => [id, trunkingOf(design, id, node)]),
    ),
)

function trunkingOf(design: Design, id: string, node: NodeRecord): Trunking {
  const { interfacesOf, linksAt } = indexOf(design)
  const native = numberOf(node['native'])
  const ids = new Set(idsOf(node['vlans']))
  const tagged = new Set(ids)
  if (native !== null) tagged.delete(native)
  const uplinks: { port: string; nic: string }[] = []
  const accesses: Access[] = []
  for (const port of interfacesOf.get(id) ?? []) {
    const [link] = [...(linksAt.get(port) ?? [])].sort(natural)
    const record = link === undefined ? undefined : design.links[link]
    const far = record && otherEnd(record, port)
    const kind = far === undefined ? undefined : design.nodes[nodeOf(far)]?.kind
    if (far !== undefined && kind === 'nic') uplinks.push({ port, nic: nodeOf(far) })
    else accesses.push({ port, vlan: design.interfaces[port]?.vlan ?? null, far })
  }
  return { id, aware: isVlanAware(node), native, ids, tagged, uplinks, accesses }
}

export const numberOf = (value: unknown): number | null =>
  typeof value === 'number' ? value : null

/** Every port of every VLAN-aware bridge. Where a VLAN-aware trunk is plugged in, as that says. */
export function awarePorts(design: Design): AwarePort[] {
  const given = new Map<string, Trunking>()
  for (const trunk of trunkings(design).values())
    if (trunk.aware)
      for (const { far } of trunk.accesses) if (far !== undefined) given.set(far, trunk)
  const { interfacesOf } = indexOf(design)
  return Object.entries(design.nodes)
    .filter(([, node]) => node.kind === 'bridge' && isVlanAware(node))
    .flatMap(([bridge]) =>
      (interfacesOf.get(bridge) ?? []).map((port): AwarePort => {
        const trunk = given.get(port)
        if (trunk) return { bridge, port, pvid: trunk.native, tagged: trunk.tagged }
        const record = design.interfaces[port]
        return {
          bridge,
          port,
          pvid: record?.vlan ?? null,
          tagged: new Set(idsOf(record?.tagged)),
        }
      }),
    )
}
