/** Synthetic labs for the harness and the tests. */

import * as build from '@/model/building.ts'
import { addCheck } from '@/model/checking.ts'
import { apply } from '@/model/edits.ts'
import type { Design, Fields, Kind, Looks, LooksPatch } from '@/model/records.ts'
import { EMPTY, ref } from '@/model/records.ts'
import type { End } from '@/model/connecting.ts'
import { kinds } from './kinds.ts'

/** Puts a design together step by step. */
export class Builder {
  design: Design = { ...EMPTY, name: 'Lab' }
  looks: LooksPatch = {}

  node(kind: Kind, fields: Fields = {}, look?: { x: number; y: number }): string {
    const made = build.addNode(this.design, kinds, kind, fields)
    this.design = apply(this.design, made.edit)
    if (look) this.looks[ref('nodes', made.id)] = look
    return made.id
  }

  link(a: End | string, b: End | string): string {
    const end = (one: End | string): End => (typeof one === 'string' ? { node: one } : one)
    const made = build.connect(this.design, kinds, end(a), end(b))
    this.design = apply(this.design, made.edit)
    return made.id
  }

  set(at: `${'nodes' | 'interfaces' | 'links'}/${string}`, values: Fields): void {
    this.design = apply(this.design, build.setFields(this.design, [at], values))
  }
}

/** Two hosts joined by a segment, with one of everything. */
export function small(): Builder {
  const lab = new Builder()
  lab.design = { ...lab.design, name: 'Two hosts over VXLAN' }
  const h1 = lab.node('host', { label: 'edge' }, { x: 0, y: 0 })
  const h2 = lab.node('host', { label: 'core' }, { x: 784, y: 0 })
  const seg = lab.node('segment', { label: 'uplink' }, { x: 624, y: 560 })
  const br = lab.node('bridge', { host: h1, name: 'br0', stp: true }, { x: 240, y: 256 })
  const c1 = lab.node('container', { host: h1, label: 'web' }, { x: 32, y: 96 })
  const c2 = lab.node('container', { host: h1, label: 'client' }, { x: 240, y: 96 })
  const vm = lab.node('vm', { host: h1, label: 'db', kernel: 'vmlinuz' }, { x: 448, y: 96 })
  const nic = lab.node('nic', { host: h1, name: 'eth1' }, { x: 256, y: 368 })
  for (const one of [c1, c2, vm]) lab.link(one, br)
  lab.link(nic, br)
  lab.link(nic, seg)
  const br2 = lab.node('bridge', { host: h2, name: 'br0' }, { x: 144, y: 256 })
  const router = lab.node('router', { host: h2, label: 'gateway' }, { x: 32, y: 96 })
  const net = lab.node('network', { host: h2, label: 'lan' }, { x: 368, y: 256 })
  const vm2 = lab.node('vm', { host: h2, label: 'worker' }, { x: 368, y: 96 })
  const nic2 = lab.node('nic', { host: h2, name: 'eth1' }, { x: 144, y: 368 })
  lab.link(router, br2)
  lab.link(vm2, net)
  lab.link(router, net)
  lab.link(nic2, br2)
  lab.link(nic2, seg)
  lab.link(h2, net)
  lab.set(`interfaces/${c1}:eth0`, { addresses: ['10.0.0.2/24'] })
  lab.set(`interfaces/${c2}:eth0`, { addresses: ['10.0.0.3/24'] })
  return lab
}

/** A host with a VM and a container behind NAT, and ports that lead to them. */
export function forwarding(): Builder {
  const lab = new Builder()
  lab.design = { ...lab.design, name: 'Port forwards' }
  const host = lab.node('host', { label: 'edge' }, { x: 0, y: 0 })
  const net = lab.node(
    'network',
    { host, label: 'lan', addresses: ['192.168.50.1/24'] },
    { x: 176, y: 256 },
  )
  const web = lab.node('vm', { host, label: 'web', kernel: 'vmlinuz' }, { x: 64, y: 96 })
  const db = lab.node('container', { host, label: 'db' }, { x: 320, y: 96 })
  for (const one of [web, db]) lab.link(one, net)
  lab.set(`interfaces/${web}:eth0`, { addresses: ['192.168.50.10/24'] })
  lab.set(`interfaces/${db}:eth0`, { addresses: ['192.168.50.11/24'] })
  const forward = (port: number, to: string, to_port: number, protocol = 'tcp'): Fields => ({
    protocol,
    port,
    to: `${to}:eth0`,
    to_port,
  })
  const forwards = [forward(8080, web, 80), forward(53, db, 53, 'udp'), forward(2222, web, 22)]
  lab.set(`nodes/${net}`, { forwards })
  return lab
}

/** The built-in labs that the golden cases hold, where they stand as in the product. */
const GOLDEN = import.meta.glob<{ lab?: string; expected: { filled: Partial<Design> } }>(
  '../../../tests/frontend/vlans/*.json',
  { eager: true, import: 'default' },
)
const LOOKS = import.meta.glob<Looks>('../../../designer/files/builtin/*.looks.json', {
  eager: true,
  import: 'default',
})

export function builtin(slug: string): Builder | undefined {
  const [, found] = Object.entries(GOLDEN).find(([path]) => path.endsWith(`/${slug}.json`)) ?? []
  if (!found) return undefined
  const [, looks] = Object.entries(LOOKS).find(([path]) => path.endsWith(`/${slug}.looks.json`)) ?? []
  const lab = new Builder()
  lab.design = { ...EMPTY, ...found.expected.filled, name: slug }
  lab.looks = { ...looks }
  return lab
}

type Tables = Record<'nodes' | 'interfaces' | 'links' | 'checks', Record<string, Fields>>

/**
 * So many nodes on so many hosts: containers on bridges, bridges on NICs, NICs on one segment. With
 * `vlans` a trunk on each NIC brings each bridge a VLAN of its own; `checks` go, in turn, within a
 * host, to the next one and to one further off.
 */
export function large(nodes: number, hosts: number, vlans = 0, checks = 0): Builder {
  const tables: Tables = { nodes: {}, interfaces: {}, links: {}, checks: {} }
  const node = (id: string, kind: Kind, given: Fields): void => {
    const made = build.addNode(EMPTY, kinds, kind, given)
    const values = made.edit.nodes?.added?.[made.id]
    if (values) tables.nodes[id] = values
  }
  const port = (id: string, given: Fields = {}): string => {
    const [owner = ''] = id.split(':')
    const made = build.addInterface(
      { ...EMPTY, nodes: { [owner]: { kind: 'bridge', label: '' } } },
      kinds,
      owner,
    )
    const values = made.edit.interfaces?.added?.[made.id]
    if (values) tables.interfaces[id] = { ...values, ...given }
    return id
  }
  const link = (a: string, b: string, given: Fields = {}): void => {
    tables.links[`${a}~${b}`] = { a: port(a, given), b: port(b), label: '' }
  }
  const ids = Array.from({ length: vlans }, (_, index) => 10 * (index + 1))
  node('seg-1', 'segment', {})
  const each = Math.floor(nodes / hosts)
  for (let h = 1; h <= hosts; h++) {
    const host = `host-${h}`
    node(host, 'host', {})
    node(`nic-${h}`, 'nic', { host, name: 'eth1' })
    link(`nic-${h}:out`, `seg-1:p${h}`)
    const bridges = Math.max(1, Math.round(each / 12))
    const ports = new Map<number, number>()
    const take = (b: number): number => {
      const next = (ports.get(b) ?? 0) + 1
      ports.set(b, next)
      return next
    }
    for (let b = 1; b <= bridges; b++) {
      node(`h${h}-br-${b}`, 'bridge', { host, name: `br${b}` })
      if (b > 1 && !vlans)
        link(`h${h}-br-${b - 1}:p${take(b - 1)}`, `h${h}-br-${b}:p${take(b)}`)
    }
    if (vlans) {
      node(`trunk-${h}`, 'trunk', { host, vlans: ids })
      link(`nic-${h}:in`, `trunk-${h}:up`)
      for (let b = 1; b <= bridges; b++)
        link(`trunk-${h}:p${b}`, `h${h}-br-${b}:p${take(b)}`, { vlan: ids[(h + b) % vlans] ?? null })
    } else link(`nic-${h}:in`, `h${h}-br-1:p${take(1)}`)
    for (let c = 1; c <= each - bridges - 2; c++) {
      const b = ((c - 1) % bridges) + 1
      const id = `h${h}-c-${c}`
      node(id, c % 9 === 0 ? 'vm' : 'container', { host })
      link(`${id}:eth0`, `h${h}-br-${b}:p${take(b)}`)
      if (c % 2 === 0) link(`${id}:eth1`, `h${h}-br-${(b % bridges) + 1}:p${take((b % bridges) + 1)}`)
    }
  }
  const busy = Math.max(1, each - Math.max(1, Math.round(each / 12)) - 2)
  for (let k = 0; k < checks; k++) {
    const [h, away] = [k % hosts, [0, 1, 7][k % 3] ?? 0]
    const source = `h${h + 1}-c-${(Math.floor(k / hosts) % busy) + 1}`
    const target = `h${((h + away) % hosts) + 1}-c-${((Math.floor(k / hosts) + 5) % busy) + 1}`
    const expect = k % 4 === 0 ? 'no-reach' : 'reach'
    const made = addCheck(EMPTY, kinds, { source, target, expect })
    const values = made.edit.checks?.added?.[made.id]
    if (values) tables.checks[`check-${k + 1}`] = values
  }
  const lab = new Builder()
  lab.design = { ...EMPTY, ...(tables as unknown as Partial<Design>), name: `${nodes} nodes` }
  return lab
}
