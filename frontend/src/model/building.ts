/** Making and unmaking: each function returns the edit that does it. */

import type {
  Design,
  Fields,
  InterfaceRecord,
  Json,
  Kind,
  Looks,
  LooksPatch,
  NodeRecord,
  Ref,
} from './records.ts'
import { hostId, keyOf, nodeOf, ref, same, splitRef } from './records.ts'
import type { Edit, Part } from './edits.ts'
import { apply, merge } from './edits.ts'
import type { KindSpecs } from './kinds.ts'
import { filled } from './kinds.ts'
import type { End } from './connecting.ts'
import { interfaceFor } from './connecting.ts'
import { indexOf, otherEnd } from './index-of.ts'

export interface Made {
  id: string
  edit: Edit
}

/** What the keys of a kind's interfaces begin with, and the first number. */
const KEYS: Readonly<Record<Exclude<Kind, 'nic'>, [prefix: string, first: number]>> = {
  host: ['veth', 0],
  bridge: ['p', 1],
  network: ['p', 1],
  trunk: ['p', 1],
  segment: ['p', 1],
  vm: ['eth', 0],
  container: ['eth', 0],
  router: ['eth', 0],
}

/** An id such as `bridge-1` that no node has. */
export function freeNodeId(design: Design, stem: string, taken: ReadonlySet<string> = NONE): string {
  for (let number = 1; ; number++) {
    const id = `${stem}-${number}`
    if (!(id in design.nodes) && !taken.has(id)) return id
  }
}
const NONE: ReadonlySet<string> = new Set()

/** A key that none of the node's interfaces has. */
export function freeKey(design: Design, node: string, kind: Kind, towards?: Kind): string {
  if (kind === 'nic') return towards === 'segment' ? 'out' : 'in'
  const [prefix, first] = KEYS[kind]
  for (let number = first; ; number++) {
    const key = `${prefix}${number}`
    if (!(`${node}:${key}` in design.interfaces)) return key
  }
}

/** A link's id says what it joins, so that a design file reads and diffs well. */
export function linkId(design: Design, a: string, b: string): string {
  const stem = `${a}~${b}`
  if (!(stem in design.links)) return stem
  for (let number = 2; ; number++) {
    const id = `${stem}~${number}`
    if (!(id in design.links)) return id
  }
}

const adding = (table: keyof Edit, id: string, values: Fields): Edit => ({
  [table]: { added: { [id]: values } },
})

export function addNode(
  design: Design,
  specs: KindSpecs,
  kind: Kind,
  given: Fields = {},
): Made {
  const id = freeNodeId(design, kind)
  const values = filled(specs, kind, given)
  return { id, edit: adding('nodes', id, values) }
}

export function addInterface(
  design: Design,
  specs: KindSpecs,
  node: string,
  given: Fields = {},
  towards?: Kind,
): Made {
  const kind = design.nodes[node]?.kind ?? 'container'
  const id = `${node}:${freeKey(design, node, kind, towards)}`
  return { id, edit: adding('interfaces', id, filled(specs, 'interface', { node, ...given })) }
}

/** A cable between two ends; interfaces are made where an end names only the node. */
export function connect(design: Design, specs: KindSpecs, from: End, to: End): Made {
  let [now, edit] = [design, {} as Edit]
  const interfaces = (
    [
      [from, to],
      [to, from],
    ] as const
  ).map(([end, other]) => {
    const towards = design.nodes[other.node]?.kind ?? 'bridge'
    const there = interfaceFor(now, end, towards)
    if (there !== undefined) return there
    const made = addInterface(now, specs, end.node, {}, towards)
    now = apply(now, made.edit)
    edit = merge(edit, made.edit)
    return made.id
  }) as [string, string]
  const id = linkId(design, interfaces[0], interfaces[1])
  const values = filled(specs, 'link', { a: interfaces[0], b: interfaces[1] })
  return { id, edit: merge(edit, adding('links', id, values)) }
}

/** Moves one end of a link elsewhere. Its id names its ends, so it becomes another link. */
export function reconnect(
  design: Design,
  specs: KindSpecs,
  link: string,
  staying: string,
  to: End,
): Made {
  const old = design.links[link]
  const freed = remove(design, specs, [ref('links', link)], new Set([staying]))
  const without = apply(design, freed)
  const made = connect(without, specs, { node: nodeOf(staying), interface: staying }, to)
  const added = made.edit.links?.added?.[made.id]
  if (added && old) added['label'] = old.label
  return { id: made.id, edit: merge(freed, made.edit) }
}

export function setFields(design: Design, refs: readonly Ref[], values: Fields): Edit {
  const edit: Edit = {}
  for (const at of refs) {
    const [table, id] = splitRef(at)
    const record = design[table][id] as Fields | undefined
    if (!record) continue
    for (const [field, to] of Object.entries(values)) {
      if (!(field in record) || same(record[field], to)) continue
      const part = (edit[table] ??= {})
      const changed = (part.changed ??= {})
      ;(changed[id] ??= {})[field] = [record[field] ?? null, to]
    }
  }
  return edit
}

/** An interface that a cable brought with it and nobody set anything on. */
function isBare(design: Design, specs: KindSpecs, id: string): boolean {
  const record = design.interfaces[id]
  const takes = record && specs[design.nodes[record.node]?.kind ?? '']?.takes_interfaces
  if (!record || (takes !== 'ports' && takes !== 'single')) return false
  return same(record, filled(specs, 'interface', { node: record.node }))
}

/**
 * Removes these and what cannot stand without them: a host's nodes, a node's interfaces, an
 * interface's links. Ports that only those links had made go as well; `keep` spares interfaces.
 */
export function remove(
  design: Design,
  specs: KindSpecs,
  refs: readonly Ref[],
  keep: ReadonlySet<string> = NONE,
): Edit {
  const { interfacesOf, linksAt, onHost } = indexOf(design)
  const gone = {
    nodes: new Set<string>(),
    interfaces: new Set<string>(),
    links: new Set<string>(),
  }
  const takeInterface = (id: string): void => {
    gone.interfaces.add(id)
    for (const link of linksAt.get(id) ?? []) gone.links.add(link)
  }
  const takeNode = (id: string): void => {
    if (gone.nodes.has(id)) return
    gone.nodes.add(id)
    for (const child of onHost.get(id) ?? []) takeNode(child)
    for (const one of interfacesOf.get(id) ?? []) takeInterface(one)
  }
  for (const at of refs) {
    const [table, id] = splitRef(at)
    if (!(id in design[table])) continue
    if (table === 'nodes') takeNode(id)
    else if (table === 'interfaces') takeInterface(id)
    else gone.links.add(id)
  }
  for (const id of gone.links) {
    const link = design.links[id]
    if (!link) continue
    for (const end of [link.a, link.b]) {
      if (keep.has(end) || !isBare(design, specs, end)) continue
      if ((linksAt.get(end) ?? []).every((other) => gone.links.has(other)))
        gone.interfaces.add(end)
    }
  }
  const edit: Edit = {}
  for (const table of ['nodes', 'interfaces', 'links'] as const) {
    if (!gone[table].size) continue
    const removed: Record<string, Fields> = {}
    for (const id of gone[table]) {
      const record = design[table][id]
      if (record) removed[id] = record
    }
    edit[table] = { removed }
  }
  return merge(edit, forgetKeys(design, gone.interfaces, gone.nodes))
}

/** A router's masquerade names interfaces; those that go are named no more. */
function forgetKeys(
  design: Design,
  interfaces: ReadonlySet<string>,
  nodes: ReadonlySet<string>,
): Edit {
  const changed: NonNullable<Part['changed']> = {}
  for (const id of interfaces) {
    const node = nodeOf(id)
    const named = design.nodes[node]?.['masquerade']
    if (nodes.has(node) || !Array.isArray(named) || !named.includes(keyOf(id))) continue
    const now: Json = changed[node]?.['masquerade']?.[1] ?? named
    changed[node] = {
      masquerade: [named, (now as string[]).filter((key) => key !== keyOf(id))],
    }
  }
  return Object.keys(changed).length ? { nodes: { changed } } : {}
}

/** Moves nodes to another host. Links stay; the rules name those that now cross hosts. */
export function moveToHost(design: Design, nodes: readonly string[], host: string): Edit {
  const movable = nodes.filter((id) => hostId(design.nodes[id]) !== undefined)
  return setFields(
    design,
    movable.map((id) => ref('nodes', id)),
    { host },
  )
}

// ---- copying ----

/** A piece of a design on its own, as it lies in the clipboard. */
export interface Fragment {
  trunkline: 'fragment'
  nodes: Record<string, NodeRecord>
  interfaces: Record<string, InterfaceRecord>
  links: Record<string, Fields>
  /** Links that left the fragment: its own interface and the one outside. */
  leaving: { inside: string; outside: string; label: string }[]
  looks: LooksPatch
}

export function copy(
  design: Design,
  refs: readonly Ref[],
  looks: Looks,
): Fragment {
  const { interfacesOf, linksAt, onHost } = indexOf(design)
  const fragment: Fragment = {
    trunkline: 'fragment',
    nodes: {},
    interfaces: {},
    links: {},
    leaving: [],
    looks: {},
  }
  const take = (id: string): void => {
    const node = design.nodes[id]
    if (!node || id in fragment.nodes) return
    fragment.nodes[id] = node
    const look = looks[ref('nodes', id)]
    if (look) fragment.looks[ref('nodes', id)] = look
    for (const one of interfacesOf.get(id) ?? []) {
      const record = design.interfaces[one]
      if (record) fragment.interfaces[one] = record
    }
    for (const child of onHost.get(id) ?? []) take(child)
  }
  for (const at of refs) {
    const [table, id] = splitRef(at)
    if (table === 'nodes') take(id)
  }
  for (const end of Object.keys(fragment.interfaces))
    for (const id of linksAt.get(end) ?? []) {
      const link = design.links[id]
      if (!link) continue
      const outside = otherEnd(link, end)
      if (outside in fragment.interfaces) fragment.links[id] = link
      else fragment.leaving.push({ inside: end, outside, label: link.label })
    }
  return fragment
}

export interface Pasted {
  edit: Edit
  /** New id of each copied node. */
  ids: ReadonlyMap<string, string>
}

/**
 * Puts a fragment in, under new ids, on `host` (or where that says) if its own host is no part of it. Links inside
 * come along; a link that left it is made again where the other side takes any number of links and
 * may still be reached. Addresses of Ethernet, which must differ, are left to be generated; names
 * that stand on the host already are too.
 */
export function paste(
  design: Design,
  specs: KindSpecs,
  fragment: Fragment,
  host: string | undefined | ((own: string) => string | undefined),
): Pasted {
  const landing = (own: string): string | undefined =>
    typeof host === 'function' ? host(own) : host
  const ids = new Map<string, string>()
  const taken = new Set<string>()
  for (const [id, node] of Object.entries(fragment.nodes)) {
    const machine = hostId(node)
    const lands =
      machine === undefined || machine in fragment.nodes || landing(machine) !== undefined
    if (!lands) continue
    const fresh = freeNodeId(design, id.replace(/-[0-9]+$/, '').slice(0, 34), taken)
    taken.add(fresh)
    ids.set(id, fresh)
  }
  const names = new Set(
    Object.values(design.nodes).map((node) => `${hostId(node) ?? ''}/${text(node['name'])}`),
  )
  const edit: Required<Record<'nodes' | 'interfaces' | 'links', { added: Record<string, Fields> }>> =
    { nodes: { added: {} }, interfaces: { added: {} }, links: { added: {} } }
  for (const [id, fresh] of ids) {
    const node = fragment.nodes[id]
    if (!node) continue
    const machine = hostId(node)
    const lands = machine === undefined ? undefined : (ids.get(machine) ?? landing(machine))
    const values = filled(specs, node.kind, {
      ...node,
      ...(lands === undefined ? {} : { host: lands }),
    })
    if ('mac' in values) values['mac'] = null
    const name = text(values['name'])
    if (name && node.kind !== 'nic' && names.has(`${lands ?? ''}/${name}`)) values['name'] = ''
    edit.nodes.added[fresh] = values
  }
  const renamed = (interfaceId: string): string | undefined => {
    const node = ids.get(nodeOf(interfaceId))
    return node === undefined ? undefined : `${node}:${keyOf(interfaceId)}`
  }
  for (const [id, record] of Object.entries(fragment.interfaces)) {
    const fresh = renamed(id)
    if (fresh === undefined) continue
    const onHostItself = fragment.nodes[record.node]?.kind === 'host'
    edit.interfaces.added[fresh] = {
      ...record,
      node: nodeOf(fresh),
      mac: null,
      ...(onHostItself ? { name: '' } : {}),
    }
  }
  for (const link of Object.values(fragment.links)) {
    const [a, b] = [renamed(text(link['a'])), renamed(text(link['b']))]
    if (a !== undefined && b !== undefined) edit.links.added[`${a}~${b}`] = { ...link, a, b }
  }
  let whole: Edit = edit
  let now = apply(design, whole)
  for (const { inside, outside, label } of fragment.leaving) {
    const mine = renamed(inside)
    const other = now.nodes[nodeOf(outside)]
    if (mine === undefined || !(mine in now.interfaces) || !other) continue
    if (specs[other.kind]?.takes_interfaces !== 'ports') {
      dropBare(specs, whole, now, mine)
      now = apply(design, whole)
      continue
    }
    const node = now.nodes[nodeOf(mine)]
    const apart = other.kind !== 'segment' && hostId(node) !== hostId(other)
    if (apart) continue
    const made = connect(
      now,
      specs,
      { node: nodeOf(mine), interface: mine },
      { node: nodeOf(outside) },
    )
    const link = made.edit.links?.added?.[made.id]
    if (link) link['label'] = label
    whole = merge(whole, made.edit)
    now = apply(now, made.edit)
  }
  return { edit: whole, ids }
}

/** A copied port whose cable did not come along would only lie about. */
function dropBare(specs: KindSpecs, edit: Edit, now: Design, id: string): void {
  if (isBare(now, specs, id)) delete edit.interfaces?.added?.[id]
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

/**
 * Gives added nodes other ids where someone else was quicker with the same: two people who add a
 * bridge at once both get one. Undefined when nothing is to be renamed.
 */
export function renameTaken(design: Design, edit: Edit): Edit | undefined {
  const added = edit.nodes?.added ?? {}
  const taken = new Set(Object.keys(added))
  const renames = new Map<string, string>()
  for (const id of Object.keys(added))
    if (id in design.nodes && !(id in (edit.nodes?.removed ?? {}))) {
      const fresh = freeNodeId(design, id.replace(/-[0-9]+$/, '').slice(0, 34), taken)
      taken.add(fresh)
      renames.set(id, fresh)
    }
  const ports = new Map<string, string>()
  let now = design
  for (const [id, values] of Object.entries(edit.interfaces?.added ?? {})) {
    const node = renames.get(nodeOf(id))
    if (node !== undefined) ports.set(id, `${node}:${keyOf(id)}`)
    else if (id in design.interfaces && !(id in (edit.interfaces?.removed ?? {}))) {
      const kind = now.nodes[nodeOf(id)]?.kind
      if (!kind || kind === 'nic') continue
      const fresh = `${nodeOf(id)}:${freeKey(now, nodeOf(id), kind)}`
      now = apply(now, adding('interfaces', fresh, values))
      ports.set(id, fresh)
    }
  }
  if (!renames.size && !ports.size) return undefined
  const node = (id: Json | undefined): Json => renames.get(text(id)) ?? id ?? null
  const port = (id: Json | undefined): string => ports.get(text(id)) ?? text(id)
  const result: Edit = structuredClone(edit)
  if (result.nodes?.added)
    result.nodes.added = Object.fromEntries(
      Object.entries(added).map(([id, values]) => [
        renames.get(id) ?? id,
        'host' in values ? { ...values, host: node(values['host']) } : values,
      ]),
    )
  if (result.interfaces?.added)
    result.interfaces.added = Object.fromEntries(
      Object.entries(result.interfaces.added).map(([id, values]) => [
        port(id),
        { ...values, node: nodeOf(port(id)) },
      ]),
    )
  if (result.links?.added)
    result.links.added = Object.fromEntries(
      Object.entries(result.links.added).map(([id, values]) => {
        const [a, b] = [port(values['a']), port(values['b'])]
        return [a === values['a'] && b === values['b'] ? id : `${a}~${b}`, { ...values, a, b }]
      }),
    )
  return result
}
