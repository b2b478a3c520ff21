/**
 * LANs: which interfaces hear each other's frames, VLAN by VLAN. The same meaning as
 * designer/topology/lans.py (read there what a wire is); golden cases hold the two together.
 */

import type { Design } from './records.ts'
import { nodeOf } from './records.ts'
import { isVlanAware } from './proposing.ts'
import type { AwarePort, Trunking } from './trunking.ts'
import { awarePorts, numberOf, trunkings } from './trunking.ts'

/** Nodes that hand on what they hear. A trunk keeps its VLANs apart and is not one. */
const SWITCHES: ReadonlySet<string> = new Set(['bridge', 'network', 'segment', 'nic'])

const key = (id: string, vlan: number): string => `${id}@${vlan}`

/** Sets that grow together: which of them an id is in. */
class Sets {
  private readonly parent = new Map<string, string>()

  join(one: string, other: string): void {
    this.parent.set(this.root(one), this.root(other))
  }

  /** The set's name; an id that was never seen is alone in its own. */
  root(id: string): string {
    let top = id
    for (let up = this.parent.get(top); up !== undefined && up !== top; up = this.parent.get(top))
      top = up
    for (let at = id; at !== top; ) {
      const next = this.parent.get(at) ?? top
      this.parent.set(at, top)
      at = next
    }
    if (!this.parent.has(top)) this.parent.set(top, top)
    return top
  }

  has = (id: string): boolean => this.parent.has(id)
  keys = (): Iterable<string> => this.parent.keys()
}

export class Lans {
  /** The VLANs that something is in; only these are told apart. */
  readonly used: ReadonlySet<number>
  private readonly sets = new Sets()
  private readonly wires = new Map<string, string>()
  private readonly aware: ReadonlySet<string>

  constructor(design: Design) {
    const trunks = trunkings(design)
    this.aware = new Set(
      Object.keys(design.nodes).filter(
        (id) => design.nodes[id]?.kind === 'bridge' && isVlanAware(design.nodes[id]),
      ),
    )
    this.joinWires(design, belowTunnels(design, trunks))
    const used = new Set<number>()
    if (this.aware.size || trunks.size) {
      for (const id of [...this.sets.keys()]) this.wires.set(id, this.sets.root(id))
      this.tellVlansApart(design, trunks, used)
    }
    this.used = used
  }

  /** The LAN of frames with a VLAN's tag at an interface or switch, or inside a VLAN-aware bridge;
   * with null, of untagged frames. Undefined where nobody is in that VLAN. */
  at(id: string, vlan: number | null): string | undefined {
    if (vlan === null) return this.sets.root(id)
    const where = key(this.aware.has(id) ? id : (this.wires.get(id) ?? id), vlan)
    return this.sets.has(where) ? this.sets.root(where) : undefined
  }

  /** By LAN, the VLANs that lead to it. */
  vlans(): Map<string, Set<number>> {
    const found = new Map<string, Set<number>>()
    for (const id of this.sets.keys()) {
      const vlan = Number(id.slice(id.lastIndexOf('@') + 1))
      if (!id.includes('@') || !Number.isInteger(vlan)) continue
      const lan = this.sets.root(id)
      found.set(lan, (found.get(lan) ?? new Set()).add(vlan))
    }
    return found
  }

  private joinWires(design: Design, below: ReadonlySet<string>): void {
    for (const [id, node] of Object.entries(design.nodes))
      if (SWITCHES.has(node.kind)) this.sets.root(id)
    for (const [id, { node }] of Object.entries(design.interfaces)) {
      this.sets.root(id)
      if (!SWITCHES.has(design.nodes[node]?.kind ?? '')) continue
      if (below.has(id)) this.sets.join(id, `${node}@below`)
      else if (!this.aware.has(node)) this.sets.join(id, node)
    }
    for (const { a, b } of Object.values(design.links)) this.sets.join(a, b)
  }

  private wire = (id: string): string => this.wires.get(id) ?? id

  private tellVlansApart(
    design: Design,
    trunks: ReadonlyMap<string, Trunking>,
    used: Set<number>,
  ): void {
    const ports = awarePorts(design)
    const take = (vlan: number | null): void => {
      if (vlan !== null) used.add(vlan)
    }
    for (const { pvid } of ports) take(pvid)
    for (const id of this.aware) take(numberOf(design.nodes[id]?.['vlan']))
    for (const trunk of trunks.values()) {
      take(trunk.native)
      for (const { vlan } of trunk.accesses) take(vlan)
    }
    for (const id of this.aware) {
      const own = numberOf(design.nodes[id]?.['vlan'])
      if (own !== null) this.sets.join(id, key(id, own))
    }
    for (const port of ports) this.enter(port, used)
    for (const trunk of trunks.values()) this.pass(trunk, used)
  }

  /** What a port lets into its VLAN-aware bridge. */
  private enter({ bridge, port, pvid, tagged }: AwarePort, used: ReadonlySet<number>): void {
    if (pvid !== null) this.sets.join(port, key(bridge, pvid))
    for (const vlan of used)
      if (tagged.has(vlan)) this.sets.join(key(this.wire(port), vlan), key(bridge, vlan))
  }

  /** What a trunk leads through: the native VLAN untagged, the others by their tag. */
  private pass(trunk: Trunking, used: ReadonlySet<number>): void {
    const native = trunk.native !== null && trunk.ids.has(trunk.native) ? trunk.native : null
    for (const up of trunk.uplinks) {
      const wire = this.wire(up.port)
      for (const { port, vlan } of trunk.accesses) {
        if (trunk.aware) {
          if (native !== null) this.sets.join(port, up.port)
          for (const id of used)
            if (trunk.tagged.has(id)) this.sets.join(key(this.wire(port), id), key(wire, id))
        } else if (vlan !== null && trunk.ids.has(vlan))
          this.sets.join(port, vlan === native ? up.port : key(wire, vlan))
      }
    }
  }
}

/** Ports of VXLAN segments where a trunk's NIC is plugged in: that speaks below the tunnels. */
function belowTunnels(
  design: Design,
  trunks: ReadonlyMap<string, Trunking>,
): ReadonlySet<string> {
  const nics = new Set([...trunks.values()].flatMap((one) => one.uplinks.map(({ nic }) => nic)))
  const below = new Set<string>()
  if (!nics.size) return below
  for (const { a, b } of Object.values(design.links))
    for (const [near, far] of [
      [a, b],
      [b, a],
    ] as const) {
      const segment = design.nodes[nodeOf(near)]
      if (segment?.kind !== 'segment' || segment['transport'] === 'plain') continue
      if (nics.has(nodeOf(far))) below.add(near)
    }
  return below
}
