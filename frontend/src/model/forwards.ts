/** Port forwards: ports of a host that lead to a card behind a NAT network, or of a router. */

import { once } from './once.ts'
import type { components } from '@/generated/types.ts'
import { indexOf } from './index-of.ts'
import { Lans } from './lans.ts'
import type { Design, Fields, Json, NodeRecord } from './records.ts'
import { hostId, interfaceTitle, keyOf, natural, nodeOf, titleOf } from './records.ts'

export type Forward = components['schemas']['Network']['forwards'][number]

/** The forwards of a node, none where its kind has no such field. */
export function forwardsOf(node: Fields | undefined): readonly Forward[] {
  const value = node?.['forwards']
  return Array.isArray(value) ? (value as unknown as Forward[]) : []
}

/** As a field's value. */
export const asJson = (forwards: readonly Forward[]): Json => forwards as unknown as Json

/**
 * The field of a node whose targets go by other ids by now; those that are nowhere are left out. No
 * field at all where the node's kind has none.
 */
export function redirected(node: Fields, to: (id: string) => string | undefined): Fields {
  if (!('forwards' in node)) return {}
  const forwards = forwardsOf(node).flatMap((one) => {
    const target = to(one.to)
    return target === undefined ? [] : [{ ...one, to: target }]
  })
  return { forwards: asJson(forwards) }
}

const MACHINES: ReadonlySet<string> = new Set(['vm', 'container', 'router'])

/** Cards of machines that are behind a network or a router: what can be forwarded to. */
export function cardsBehind(design: Design, id: string): string[] {
  const lans = new Lans(design)
  const behind = new Set(sidesOf(design, id).map((one) => lans.at(one, null)))
  return Object.entries(design.interfaces)
    .filter(
      ([card, { node }]) =>
        node !== id &&
        MACHINES.has(design.nodes[node]?.kind ?? '') &&
        behind.has(lans.at(card, null)),
    )
    .map(([card]) => card)
    .sort(natural)
}

/** A network itself; of a router its interfaces but those that it masquerades out of. */
function sidesOf(design: Design, id: string): string[] {
  const node = design.nodes[id]
  if (node?.kind !== 'router') return [id]
  const { interfacesOf, linksAt } = indexOf(design)
  const outside = node['masquerade']
  return (interfacesOf.get(id) ?? []).filter(
    (one) => linksAt.has(one) && !(Array.isArray(outside) && outside.includes(keyOf(one))),
  )
}

/** Where a card is and what it is called: "web eth0 · 192.168.50.10". */
export function cardTitle(design: Design, id: string, at?: NodeRecord): string {
  const node = nodeOf(id)
  const card = design.interfaces[id]
  const name = `${titleOf(node, design.nodes[node])} ${interfaceTitle(id, card)}`
  const [address] = card?.addresses ?? []
  if (address !== undefined) return `${name} · ${address.replace(/\/.*/, '')}`
  const given = at?.kind === 'network' && at['dhcp'] === true && design.nodes[node]?.kind === 'vm'
  return `${name} · ${given ? 'kept by DHCP' : 'no address'}`
}

export const MOST_PORT = 65535
const FIRST_FREE = 8080
const WEB = 80

/** A forward to the first card behind a network or a router, from a port that nothing forwards yet
 * there, which is on the host for networks; undefined where there is no card. */
export function proposedForward(
  design: Design,
  id: string,
  drawn: readonly { protocol: string; port: number | null }[],
): Forward | undefined {
  const [to] = cardsBehind(design, id)
  if (to === undefined) return undefined
  const node = design.nodes[id]
  const near = indexOf(design).onHost.get(hostId(node) ?? '') ?? []
  const others = near.filter(
    (one) => one !== id && node?.kind === 'network' && design.nodes[one]?.kind === 'network',
  )
  const taken = new Set(
    [...drawn, ...others.flatMap((id) => forwardsOf(design.nodes[id]))]
      .filter((one) => one.protocol === 'tcp')
      .map((one) => one.port),
  )
  for (let port = FIRST_FREE; port <= MOST_PORT; port++)
    if (!taken.has(port)) return { protocol: 'tcp', port, to, to_port: WEB }
  return undefined
}

/** What comes in, short: ":8080", ":53/udp". */
export const portWords = ({ protocol, port }: Pick<Forward, 'protocol' | 'port'>): string =>
  `:${port}${protocol === 'tcp' ? '' : `/${protocol}`}`

/** In one line: ":8080 → web:80". */
export function forwardWords(design: Design, forward: Forward): string {
  const node = nodeOf(forward.to)
  return `${portWords(forward)} → ${titleOf(node, design.nodes[node])}:${forward.to_port}`
}

/** Whose ports a node forwards. */
export const ownerWords = (node: NodeRecord | undefined): string =>
  node?.kind === 'router' ? 'the router' : 'the host'

/** The same as it is read out: "port 8080 of the host leads to web, port 80". */
export function forwardSpoken(
  design: Design,
  from: NodeRecord | undefined,
  { protocol, port, to, to_port }: Forward,
): string {
  const node = nodeOf(to)
  const kind = protocol === 'tcp' ? 'port' : `${protocol.toUpperCase()} port`
  return `${kind} ${port} of ${ownerWords(from)} leads to ${titleOf(node, design.nodes[node])}, port ${to_port}`
}

/** A forward, and the network or router that it is drawn at. */
export interface Arriving {
  from: NodeRecord
  forward: Forward
}

const NONE: readonly Arriving[] = []

/** The forwards that lead to a machine, to whichever card of it. */
export function forwardsTo(design: Design, machine: string): readonly Arriving[] {
  return arriving(design.nodes).get(machine) ?? NONE
}

/** By machine; worked out once for each set of nodes. */
const arriving = once((nodes: Design['nodes']) => byMachine(Object.values(nodes)))

function byMachine(nodes: readonly NodeRecord[]): Map<string, Arriving[]> {
  const found = new Map<string, Arriving[]>()
  for (const from of nodes)
    for (const forward of forwardsOf(from)) {
      const machine = nodeOf(forward.to)
      found.set(machine, [...(found.get(machine) ?? []), { from, forward }])
    }
  return found
}
