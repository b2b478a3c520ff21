/** What may be joined by a cable, and why not. */

import type { Design, Kind, NodeRecord } from './records.ts'
import { hostId, nodeOf, titleOf } from './records.ts'
import { indexOf, otherEnd } from './index-of.ts'
import { isVlanAware } from './proposing.ts'

/** Kinds that a cable may join, as designer/topology/cables.py has them; links are symmetric. */
const FITS: Readonly<Record<Kind, readonly Kind[]>> = {
  host: ['bridge', 'network', 'container', 'router'],
  nic: ['bridge', 'trunk', 'segment'],
  bridge: ['host', 'nic', 'bridge', 'network', 'trunk', 'vm', 'container', 'router'],
  network: ['host', 'bridge', 'network', 'vm', 'container', 'router'],
  trunk: ['nic', 'bridge', 'container', 'router'],
  vm: ['bridge', 'network'],
  container: ['host', 'bridge', 'network', 'trunk', 'container', 'router'],
  router: ['host', 'bridge', 'network', 'trunk', 'container', 'router'],
  segment: ['nic'],
}

const NAMES: Readonly<Record<Kind, string>> = {
  host: 'a host',
  nic: 'a NIC',
  bridge: 'a bridge',
  network: 'a network',
  trunk: 'a trunk',
  vm: 'a VM',
  container: 'a container',
  router: 'a router',
  segment: 'a segment',
}

/** An end of a cable to be: a node, or one interface of it. */
export interface End {
  node: string
  interface?: string
}

const any = (kinds: readonly Kind[]): string => kinds.map((kind) => NAMES[kind]).join(', ')

function machineOf(id: string, node: NodeRecord): string | undefined {
  return node.kind === 'host' ? id : hostId(node)
}

/** The interface that a cable from this end to that kind of node would use, if it exists already. */
export function interfaceFor(design: Design, end: End, other: Kind): string | undefined {
  if (end.interface !== undefined) return end.interface
  if (design.nodes[end.node]?.kind !== 'nic') return undefined
  const wanted = `${end.node}:${other === 'segment' ? 'out' : 'in'}`
  return wanted in design.interfaces ? wanted : undefined
}

/** Why the two cannot be joined, in words for people; undefined when they can. */
export function whyNot(design: Design, from: End, to: End): string | undefined {
  const [a, b] = [design.nodes[from.node], design.nodes[to.node]]
  if (!a || !b) return 'It is gone.'
  if (from.node === to.node) return 'A link joins two different nodes.'
  const [aTitle, bTitle] = [titleOf(from.node, a), titleOf(to.node, b)]
  if (!FITS[a.kind].includes(b.kind))
    return `${capital(NAMES[a.kind])} connects to ${any(FITS[a.kind])}; ${bTitle} is ${NAMES[b.kind]}.`
  if (a.kind !== 'segment' && b.kind !== 'segment') {
    if (machineOf(from.node, a) !== machineOf(to.node, b))
      return (
        `${aTitle} and ${bTitle} stand on different hosts. ` +
        'Join the hosts with a NIC on each and a segment between them.'
      )
  }
  for (const [end, node, other] of [
    [from, a, b],
    [to, b, a],
  ] as const) {
    const used = interfaceFor(design, end, other.kind)
    if (used === undefined) continue
    if ((indexOf(design).linksAt.get(used) ?? []).length > 0)
      return node.kind === 'nic'
        ? `${titleOf(end.node, node)} has a link on that side already.`
        : `${used} has a link already. Connect to the node itself to get a new interface.`
    if (node.kind === 'nic') {
      const side = used.slice(used.indexOf(':') + 1)
      const wanted = other.kind === 'segment' ? 'out' : 'in'
      if (side !== wanted)
        return `The ${side} side of a NIC faces ${side === 'out' ? 'a segment' : 'a bridge or a trunk'}.`
    }
  }
  return whyNotOnTrunk(design, from, b) ?? whyNotOnTrunk(design, to, a)
}

/** A VLAN-aware trunk is one cable: the NIC itself becomes a port of one bridge. */
function whyNotOnTrunk(design: Design, end: End, other: NodeRecord): string | undefined {
  const trunk = design.nodes[end.node]
  if (trunk?.kind !== 'trunk' || other.kind === 'nic' || !isVlanAware(trunk)) return undefined
  const title = titleOf(end.node, trunk)
  if (other.kind !== 'bridge')
    return `${title} is VLAN-aware and connects to a VLAN-aware bridge; set its mode to sub-interfaces to connect ${NAMES[other.kind]}.`
  const { interfacesOf, linksAt } = indexOf(design)
  const taken = (interfacesOf.get(end.node) ?? []).some((port) =>
    (linksAt.get(port) ?? []).some((id) => {
      const link = design.links[id]
      return link !== undefined && design.nodes[nodeOf(otherEnd(link, port))]?.kind === 'bridge'
    }),
  )
  return taken ? `${title} is VLAN-aware and has its one bridge already.` : undefined
}

/** The nodes that this end can be joined to. */
export function candidates(design: Design, from: End): string[] {
  return Object.keys(design.nodes).filter((node) => whyNot(design, from, { node }) === undefined)
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
