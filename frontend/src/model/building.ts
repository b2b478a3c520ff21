/** Making and unmaking: each function returns the edit that does it. */

import type { Design, Fields, Json, Kind, Ref } from './records.ts'
import { TABLES, hostId, keyOf, nodeOf, ref, same, splitRef } from './records.ts'
import type { Edit, Part } from './edits.ts'
import { apply, merge } from './edits.ts'
import type { KindSpecs } from './kinds.ts'
import { filled } from './kinds.ts'
import type { End } from './connecting.ts'
import { interfaceFor } from './connecting.ts'
import { asJson, forwardsOf } from './forwards.ts'
import { indexOf } from './index-of.ts'
import { freeNic, proposal, trunkFields } from './proposing.ts'

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

export const adding = (table: keyof Edit, id: string, values: Fields): Edit => ({
  [table]: { added: { [id]: values } },
})

export function addNode(
  design: Design,
  specs: KindSpecs,
  kind: Kind,
  given: Fields = {},
): Made {
  const id = freeNodeId(design, kind)
  const values = filled(specs, kind, kind === 'trunk' ? { ...trunkFields(design), ...given } : given)
  return { id, edit: adding('nodes', id, values) }
}

/** A node with what it is no use without: a trunk with its cable to the one NIC that is free. */
export function addWithCables(
  design: Design,
  specs: KindSpecs,
  kind: Kind,
  given: Fields = {},
): Made {
  const made = addNode(design, specs, kind, given)
  const host = given['host']
  const nic = kind === 'trunk' && typeof host === 'string' ? freeNic(design, host) : undefined
  if (nic === undefined) return made
  const cable = connect(apply(design, made.edit), specs, { node: made.id }, { node: nic })
  return { id: made.id, edit: merge(made.edit, cable.edit) }
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
    const { port, node } = proposal(now, end.node, other.node)
    const there = interfaceFor(now, end, towards)
    const step = (change: Edit): void => {
      now = apply(now, change)
      edit = merge(edit, change)
    }
    step(setFields(now, [ref('nodes', end.node)], node))
    if (there !== undefined) {
      step(setFields(now, [ref('interfaces', there)], unset(now, there, port)))
      return there
    }
    const made = addInterface(now, specs, end.node, port, towards)
    step(made.edit)
    return made.id
  }) as [string, string]
  const id = linkId(design, interfaces[0], interfaces[1])
  const values = filled(specs, 'link', { a: interfaces[0], b: interfaces[1] })
  return { id, edit: merge(edit, adding('links', id, values)) }
}

/** Those of the fields that nobody has filled in on an interface that stands there. */
function unset(design: Design, id: string, values: Fields): Fields {
  const record = design.interfaces[id]
  const empty = (value: Json | undefined): boolean =>
    value === null || (Array.isArray(value) && value.length === 0)
  return Object.fromEntries(Object.entries(values).filter(([field]) => empty(record?.[field])))
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

/** An interface that a cable brought with it, VLAN and all, and nobody set anything else on. */
export function isBare(design: Design, specs: KindSpecs, id: string): boolean {
  const record = design.interfaces[id]
  const takes = record && specs[design.nodes[record.node]?.kind ?? '']?.takes_interfaces
  if (!record || (takes !== 'ports' && takes !== 'single')) return false
  const { node, vlan, tagged } = record
  return same(record, filled(specs, 'interface', { node, vlan, tagged }))
}

/**
 * Removes these and what cannot stand without them: a host's nodes, a node's interfaces and
 * checks, an interface's links. Ports that only those links had made go as well; `keep` spares interfaces.
 */
export function remove(
  design: Design,
  specs: KindSpecs,
  refs: readonly Ref[],
  keep: ReadonlySet<string> = NONE,
): Edit {
  const { interfacesOf, linksAt, onHost, checksAt } = indexOf(design)
  const gone = {
    nodes: new Set<string>(),
    interfaces: new Set<string>(),
    links: new Set<string>(),
    checks: new Set<string>(),
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
    for (const check of checksAt.get(id) ?? []) gone.checks.add(check)
  }
  for (const at of refs) {
    const [table, id] = splitRef(at)
    if (!(id in design[table])) continue
    if (table === 'nodes') takeNode(id)
    else if (table === 'interfaces') takeInterface(id)
    else gone[table].add(id)
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
  for (const table of TABLES) {
    if (!gone[table].size) continue
    const removed: Record<string, Fields> = {}
    for (const id of gone[table]) {
      const record = design[table][id]
      if (record) removed[id] = record
    }
    edit[table] = { removed }
  }
  const forgotten = merge(
    forgetKeys(design, gone.interfaces, gone.nodes),
    forgetForwards(design, gone.interfaces, gone.nodes),
  )
  return merge(edit, forgotten)
}

/** Fields of a router that name its interfaces by their keys. */
const NAMING = ['masquerade', 'isolate'] as const

/** Interfaces that go are named no more. */
function forgetKeys(
  design: Design,
  interfaces: ReadonlySet<string>,
  nodes: ReadonlySet<string>,
): Edit {
  const changed: NonNullable<Part['changed']> = {}
  for (const id of interfaces) {
    const node = nodeOf(id)
    if (nodes.has(node)) continue
    for (const field of NAMING) {
      const named = design.nodes[node]?.[field]
      if (!Array.isArray(named) || !named.includes(keyOf(id))) continue
      const changes = (changed[node] ??= {})
      const now: Json = changes[field]?.[1] ?? named
      changes[field] = [named, (now as string[]).filter((key) => key !== keyOf(id))]
    }
  }
  return Object.keys(changed).length ? { nodes: { changed } } : {}
}

/** Nothing is forwarded any more to interfaces that go. */
function forgetForwards(
  design: Design,
  interfaces: ReadonlySet<string>,
  nodes: ReadonlySet<string>,
): Edit {
  if (interfaces.size === 0) return {}
  const changed: NonNullable<Part['changed']> = {}
  for (const [id, node] of Object.entries(design.nodes)) {
    const forwards = forwardsOf(node)
    if (nodes.has(id) || !forwards.some((one) => interfaces.has(one.to))) continue
    const left = forwards.filter((one) => !interfaces.has(one.to))
    changed[id] = { forwards: [node['forwards'] ?? null, asJson(left)] }
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
