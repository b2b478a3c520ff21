/**
 * What a design is made of, in the server's own words (designer/topology/records.py): nodes,
 * interfaces, links and checks, each a record of described fields under an id that never changes.
 */

import type { components } from '@/generated/types.ts'

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

export const KINDS = [
  'host',
  'nic',
  'bridge',
  'network',
  'trunk',
  'vm',
  'container',
  'router',
  'segment',
] as const satisfies readonly Schemas['Node']['kind'][]
export type Kind = NodeRecord['kind']

export const TABLES = ['nodes', 'interfaces', 'links', 'checks'] as const
export type Table = (typeof TABLES)[number]

/** `TABLE/ID`, such as `nodes/br0`: how statuses, findings, looks and selections name a record. */
export type Ref = `${Table}/${string}`

/** A record as it travels: every field filled in, those at their default too. */
export type Fields = Record<string, Json>

type Schemas = components['schemas']

/** Fields by name, as the inspector goes through them, and by type where the code knows them. */
export type NodeRecord = Fields & Pick<Schemas['Node'], 'kind' | 'label'>
export type InterfaceRecord = Fields & Schemas['Interface']
export type LinkRecord = Fields & Schemas['Link']
/** What must, or must not, be reached from where. */
export type CheckRecord = Fields & Schemas['Check']

export interface Design {
  readonly name: string
  readonly description: string
  readonly nodes: Readonly<Record<string, NodeRecord>>
  readonly interfaces: Readonly<Record<string, InterfaceRecord>>
  readonly links: Readonly<Record<string, LinkRecord>>
  readonly checks: Readonly<Record<string, CheckRecord>>
}

/** Where a node stands. Nodes on a host are measured from the host's corner. */
export interface Look {
  x: number
  y: number
  width?: number
  height?: number
  collapsed?: boolean
}
export type Looks = Readonly<Partial<Record<Ref, Look>>>
export type LooksPatch = Partial<Record<Ref, Look | null>>

export interface RecordOf {
  nodes: NodeRecord
  interfaces: InterfaceRecord
  links: LinkRecord
  checks: CheckRecord
}

export const EMPTY: Design = {
  name: '',
  description: '',
  nodes: {},
  interfaces: {},
  links: {},
  checks: {},
}

export const ref = (table: Table, id: string): Ref => `${table}/${id}`

export function splitRef(text: Ref): [Table, string] {
  const slash = text.indexOf('/')
  return [text.slice(0, slash) as Table, text.slice(slash + 1)]
}

/** The id of the host that a node stands on; undefined for a host or a segment. */
export function hostId(node: NodeRecord | undefined): string | undefined {
  const host = node?.['host']
  return typeof host === 'string' ? host : undefined
}

/** The part of an interface's id behind the colon. */
export const keyOf = (interfaceId: string): string =>
  interfaceId.slice(interfaceId.indexOf(':') + 1)

/** The id of the node that an interface belongs to, read from its id. */
export const nodeOf = (interfaceId: string): string =>
  interfaceId.slice(0, interfaceId.indexOf(':'))

/** What people see as its name: the label, else the kernel's name, else the id. */
export function titleOf(id: string, node: NodeRecord | undefined): string {
  if (!node) return id
  if (node.label) return node.label
  const name = node['name']
  return typeof name === 'string' && name ? name : id
}

/** The name that an interface goes by: as written, else the key. */
export function interfaceTitle(id: string, record: InterfaceRecord | undefined): string {
  return record?.name ? record.name : keyOf(id)
}

export function recordAt(design: Design, at: Ref): Fields | undefined {
  const [table, id] = splitRef(at)
  return design[table][id]
}

export function same(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return false
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false
    return one.every((item, index) => same(item, other[index]))
  }
  const names = Object.keys(one)
  if (names.length !== Object.keys(other).length) return false
  return names.every((name) => name in other && same(one[name], other[name]))
}

/** c2 before c10, as the document is written (`natural` in designer/topology/document.py). */
const collator = new Intl.Collator('en', { numeric: true })
export const natural = (one: string, other: string): number => collator.compare(one, other)
