/**
 * Which fields of an interface mean something, by the kind of its node: the same table as
 * designer/rules/drawn/useless_field.py, which refuses the others.
 */

import type { KindSpec, FieldSpec } from '@/model/kinds.ts'
import type { Design, Kind } from '@/model/records.ts'
import { nodeOf } from '@/model/records.ts'
import { indexOf } from '@/model/index-of.ts'

const STACK = ['name', 'addresses', 'mac', 'mtu']
const MEANT: Readonly<Partial<Record<Kind | 'tap', readonly string[]>>> = {
  container: STACK,
  router: STACK,
  host: STACK,
  bridge: ['name', 'mac', 'mtu', 'cost', 'priority', 'hairpin'],
  tap: ['mtu'],
  network: ['mtu'],
  vm: ['mac', 'mtu', 'model'],
}

/** The fields to offer: those that mean something here, and any other that is set all the same. */
export function offered(design: Design, id: string, spec: KindSpec): FieldSpec[] {
  const node = design.nodes[nodeOf(id)]
  const record = design.interfaces[id]
  if (!node || !record) return []
  const meant = MEANT[node.kind === 'bridge' && leadsToVm(design, id) ? 'tap' : node.kind] ?? []
  return spec.fields.filter((field) => {
    if (field.name === 'node') return false
    if (meant.includes(field.name)) return true
    return JSON.stringify(record[field.name]) !== JSON.stringify(field.default)
  })
}

function leadsToVm(design: Design, id: string): boolean {
  const links = indexOf(design).linksAt.get(id) ?? []
  return links.some((linkId) => {
    const link = design.links[linkId]
    if (!link) return false
    const far = link.a === id ? link.b : link.a
    return design.nodes[nodeOf(far)]?.kind === 'vm'
  })
}
