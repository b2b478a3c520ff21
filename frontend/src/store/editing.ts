/** Changing the design: each function is one step of undo, shown at once and sent. */

import type { Look, LooksPatch } from '@/live/messages.ts'
import * as build from '@/model/building.ts'
import type { End } from '@/model/connecting.ts'
import { whyNot } from '@/model/connecting.ts'
import { apply, merge } from '@/model/edits.ts'
import type { Edit } from '@/model/edits.ts'
import type { Fields, Json, Kind, Ref } from '@/model/records.ts'
import { hostId, ref, splitRef, titleOf } from '@/model/records.ts'
import { select } from './looking.ts'
import { announce, notify } from './notices.ts'
import { get } from './state.ts'
import { commit } from './sync.ts'

const title = (at: Ref): string => {
  const [table, id] = splitRef(at)
  return table === 'nodes' ? titleOf(id, get().design.nodes[id]) : id
}
const several = (refs: readonly Ref[], verb: string): string =>
  refs.length === 1 && refs[0] ? `${verb} ${title(refs[0])}` : `${verb} ${refs.length} things`

/** Sets one field of one record. Values equal to what stands there do nothing. */
export function editField(at: Ref, field: string, value: Json): void {
  editFields([at], { [field]: value })
}

/** Sets fields of several records at once, as one step; records without the field are left. */
export function editFields(refs: readonly Ref[], values: Fields): void {
  const names = Object.keys(values).join(', ')
  commit(`${several(refs, 'Change')}: ${names}`, build.setFields(get().design, refs, values))
}

export interface NewNode {
  host?: string
  fields?: Fields
  look?: Look
}

/** Adds a node; gives its id. A node that stands on a host needs one: the only one is taken. */
export function addNode(kind: Kind, { host, fields = {}, look }: NewNode = {}): string | undefined {
  const { design, kinds } = get()
  const given: Fields = { ...fields }
  if (kinds[kind]?.on_host) {
    const on = host ?? hostForNew()
    if (on === undefined) {
      notify(
        'info',
        `A ${kinds[kind].title} stands on a host`,
        'Add a host first, or select the host it should stand on.',
      )
      return undefined
    }
    given['host'] = on
  }
  const made = build.addWithCables(design, kinds, kind, given)
  commit(`Add ${made.id}`, made.edit, look ? { [ref('nodes', made.id)]: look } : {})
  select([ref('nodes', made.id)])
  const where = given['host']
  announce(
    typeof where === 'string'
      ? `Added ${made.id} on ${titleOf(where, design.nodes[where])}.`
      : `Added ${made.id}.`,
  )
  return made.id
}

/** The host that a new node lands on: the selected one, the selection's, or the only one. */
export function hostForNew(): string | undefined {
  const { design, selection } = get()
  for (const at of selection) {
    const [table, id] = splitRef(at)
    const node = table === 'nodes' ? design.nodes[id] : undefined
    if (node?.kind === 'host') return id
    const host = hostId(node)
    if (host !== undefined) return host
  }
  const hosts = Object.keys(design.nodes).filter((id) => design.nodes[id]?.kind === 'host')
  return hosts.length === 1 ? hosts[0] : undefined
}

/** Adds an interface to a node; gives its id. */
export function addInterface(node: string, fields: Fields = {}): string {
  const { design, kinds } = get()
  const made = build.addInterface(design, kinds, node, fields)
  commit(`Add ${made.id}`, made.edit)
  return made.id
}

/** Joins two nodes or interfaces by a link; gives its id, or says why not. */
export function connect(from: End, to: End): string | undefined {
  const { design, kinds } = get()
  const reason = whyNot(design, from, to)
  if (reason !== undefined) {
    notify('warning', 'They cannot be connected', reason)
    return undefined
  }
  const made = build.connect(design, kinds, from, to)
  commit(
    `Connect ${titleOf(from.node, design.nodes[from.node])} and ${titleOf(to.node, design.nodes[to.node])}`,
    made.edit,
  )
  announce(`Connected ${made.id.replace('~', ' and ')}.`)
  return made.id
}

/** Adds a node of a kind and connects it, as one step. */
export function addConnected(kind: Kind, from: End, options: NewNode = {}): string | undefined {
  const { design, kinds } = get()
  const given: Fields = { ...options.fields }
  if (options.host !== undefined && kinds[kind]?.on_host) given['host'] = options.host
  const made = build.addNode(design, kinds, kind, given)
  const now = apply(design, made.edit)
  const reason = whyNot(now, from, { node: made.id })
  if (reason !== undefined) {
    notify('warning', 'They cannot be connected', reason)
    return undefined
  }
  const cable = build.connect(now, kinds, from, { node: made.id })
  commit(
    `Add ${made.id}`,
    merge(made.edit, cable.edit),
    options.look ? { [ref('nodes', made.id)]: options.look } : {},
  )
  select([ref('nodes', made.id)])
  return made.id
}

/** Moves one end of a link to another node or interface. */
export function reconnect(link: string, staying: string, to: End): string | undefined {
  const { design, kinds } = get()
  const freed = apply(design, build.remove(design, kinds, [ref('links', link)], new Set([staying])))
  const from: End = { node: staying.slice(0, staying.indexOf(':')), interface: staying }
  const reason = whyNot(freed, from, to)
  if (reason !== undefined) {
    notify('warning', 'They cannot be connected', reason)
    return undefined
  }
  const made = build.reconnect(design, kinds, link, staying, to)
  commit(`Reconnect ${staying}`, made.edit)
  return made.id
}

/** Removes these with what cannot stand without them; asks nothing, undo brings it back. */
export function remove(refs: readonly Ref[]): void {
  const { design, kinds, looks } = get()
  if (!refs.length) return
  const edit = build.remove(design, kinds, refs)
  const patch: LooksPatch = {}
  for (const id of Object.keys(edit.nodes?.removed ?? {}))
    if (looks[ref('nodes', id)]) patch[ref('nodes', id)] = null
  const label = several(refs, 'Delete')
  commit(label, edit, patch)
  announce(`${label}.`)
}

/** Moves nodes to another host; `looks` says where they stand there. */
export function moveToHost(nodes: readonly string[], host: string, looks: LooksPatch = {}): void {
  const { design } = get()
  commit(
    several(
      nodes.map((id) => ref('nodes', id)),
      'Move',
    ) + ` to ${titleOf(host, design.nodes[host])}`,
    build.moveToHost(design, nodes, host),
    looks,
  )
}

/** Moves things on the canvas, as one step. */
export function move(looks: LooksPatch, label = 'Move'): void {
  commit(label, {}, looks)
}

/** One edit made elsewhere, such as by a table of the outline. */
export function edit(label: string, change: Edit): void {
  commit(label, change)
}
