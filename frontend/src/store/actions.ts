/** Everything a person can do to a lab, by whatever button, key or menu. */

import { http, ApiError } from '@/live/http.ts'
import type { Deployment, DeploymentKind, Look, LooksPatch } from '@/live/messages.ts'
import * as build from '@/model/building.ts'
import type { End } from '@/model/connecting.ts'
import { whyNot } from '@/model/connecting.ts'
import { apply, merge } from '@/model/edits.ts'
import type { Edit } from '@/model/edits.ts'
import type { Fields, Json, Kind, Ref, Table } from '@/model/records.ts'
import { hostId, recordAt, ref, splitRef, titleOf } from '@/model/records.ts'
import { announce, notify } from './notices.ts'
import type { LabInfo } from './state.ts'
import { NOTHING, get, set, setUi, useStore } from './state.ts'
import { commit, dismissRefusal, reapplyRefusal } from './sync.ts'
import { redo, undo } from './undo.ts'

const title = (at: Ref): string => {
  const [table, id] = splitRef(at)
  return table === 'nodes' ? titleOf(id, get().design.nodes[id]) : id
}
const several = (refs: readonly Ref[], verb: string): string =>
  refs.length === 1 && refs[0] ? `${verb} ${title(refs[0])}` : `${verb} ${refs.length} things`

// ---- editing ----

/** Sets one field of one record. Values equal to what stands there do nothing. */
function editField(at: Ref, field: string, value: Json): void {
  editFields([at], { [field]: value })
}

/** Sets fields of several records at once, as one step; records without the field are left. */
function editFields(refs: readonly Ref[], values: Fields): void {
  const names = Object.keys(values).join(', ')
  commit(`${several(refs, 'Change')}: ${names}`, build.setFields(get().design, refs, values))
}

export interface NewNode {
  host?: string
  fields?: Fields
  look?: Look
}

/** Adds a node; gives its id. A node that stands on a host needs one: the only one is taken. */
function addNode(kind: Kind, { host, fields = {}, look }: NewNode = {}): string | undefined {
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
  const made = build.addNode(design, kinds, kind, given)
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
function addInterface(node: string, fields: Fields = {}): string {
  const { design, kinds } = get()
  const made = build.addInterface(design, kinds, node, fields)
  commit(`Add ${made.id}`, made.edit)
  return made.id
}

/** Joins two nodes or interfaces by a link; gives its id, or says why not. */
function connect(from: End, to: End): string | undefined {
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
function addConnected(kind: Kind, from: End, options: NewNode = {}): string | undefined {
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
function reconnect(link: string, staying: string, to: End): string | undefined {
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
function remove(refs: readonly Ref[]): void {
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
function moveToHost(nodes: readonly string[], host: string, looks: LooksPatch = {}): void {
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
function move(looks: LooksPatch, label = 'Move'): void {
  commit(label, {}, looks)
}

/** One edit made elsewhere, such as by a table of the outline. */
function edit(label: string, change: Edit): void {
  commit(label, change)
}

// ---- clipboard ----

const CLIPBOARD = 'trunkline.clipboard'

/** Copies the selected nodes (or these), with their interfaces and links. */
function copy(refs: readonly Ref[] = [...get().selection]): boolean {
  const { design, looks } = get()
  const fragment = build.copy(design, refs, looks)
  const count = Object.keys(fragment.nodes).length
  if (!count) return false
  try {
    localStorage.setItem(CLIPBOARD, JSON.stringify(fragment))
  } catch {
    notify('error', 'Could not copy', 'The browser keeps no storage for this page.')
    return false
  }
  announce(`Copied ${count} ${count === 1 ? 'node' : 'nodes'}.`)
  return true
}

function cut(): void {
  const refs = [...get().selection]
  if (copy(refs)) remove(refs.filter((at) => at.startsWith('nodes/')))
}

function pasteFragment(
  fragment: build.Fragment,
  verb: string,
  host: Parameters<typeof build.paste>[3],
): void {
  const { design, kinds, looks } = get()
  const pasted = build.paste(design, kinds, fragment, host)
  if (!pasted.ids.size) {
    notify('info', 'Nothing pasted', 'Select the host that the copies should stand on.')
    return
  }
  const patch: LooksPatch = {}
  for (const [old, fresh] of pasted.ids) {
    const look = looks[ref('nodes', old)] ?? fragment.looks[ref('nodes', old)]
    if (!look) continue
    const moves = hostOfCopy(fragment, old) === undefined
    patch[ref('nodes', fresh)] = moves ? { ...look, x: look.x + 32, y: look.y + 64 } : look
  }
  const count = pasted.ids.size
  commit(`${verb} ${count} ${count === 1 ? 'node' : 'nodes'}`, pasted.edit, patch)
  select([...pasted.ids].filter(([old]) => hostOfCopy(fragment, old) === undefined).map(([, id]) => ref('nodes', id)))
  announce(`${verb}: ${count} ${count === 1 ? 'node' : 'nodes'}.`)
}

/** The host of a copied node, if it was copied too: such a node keeps its place on it. */
function hostOfCopy(fragment: build.Fragment, id: string): string | undefined {
  const host = hostId(fragment.nodes[id])
  return host !== undefined && host in fragment.nodes ? host : undefined
}

/** Puts in what was copied, here or in another lab's tab. */
function paste(): void {
  let fragment: build.Fragment
  try {
    const kept = localStorage.getItem(CLIPBOARD)
    if (kept === null) return
    fragment = JSON.parse(kept) as build.Fragment
    if (fragment.trunkline !== 'fragment') return
  } catch {
    return
  }
  const { design } = get()
  const origin = Object.values(fragment.nodes)
    .map(hostId)
    .find((host) => host !== undefined && design.nodes[host]?.kind === 'host')
  pasteFragment(fragment, 'Paste', selectedHost() ?? origin ?? hostForNew())
}

function selectedHost(): string | undefined {
  const { design, selection } = get()
  const [only] = selection
  if (selection.size !== 1 || only === undefined) return undefined
  const [table, id] = splitRef(only)
  return table === 'nodes' && design.nodes[id]?.kind === 'host' ? id : undefined
}

/** Copies and pastes at once, each node onto its own host. */
function duplicate(refs: readonly Ref[] = [...get().selection]): void {
  const { design, looks } = get()
  const nodes = refs.filter((at) => at.startsWith('nodes/'))
  if (!nodes.length) return
  pasteFragment(build.copy(design, nodes, looks), 'Duplicate', (own) => own)
}

// ---- looking ----

/** Selects exactly these. */
function select(refs: Iterable<Ref>): void {
  const next = new Set(refs)
  const now = get().selection
  if (next.size === now.size && [...next].every((at) => now.has(at))) return
  set({ selection: next.size ? next : NOTHING })
}

/** Adds to the selection, or takes out what is in it. */
function toggleSelected(at: Ref): void {
  const next = new Set(get().selection)
  if (!next.delete(at)) next.add(at)
  set({ selection: next })
}

function selectAll(): void {
  select(Object.keys(get().design.nodes).map((id) => ref('nodes', id)))
}

/** Selects it and brings it into view on the canvas. */
function focusOn(at: Ref): void {
  if (!recordAt(get().design, at)) return
  select([at])
  set((state) => ({ focus: { ref: at, count: (state.focus?.count ?? 0) + 1 } }))
  setUi({ right: 'inspector', rightOpen: true })
}

/** Opens the "connect to…" dialog from a node or an interface. */
function openConnect(from: End): void {
  setUi({ dialog: 'connect', connectFrom: from })
}

// ---- the lab and its deployments, over HTTP ----

async function trying<T>(what: string, does: () => Promise<T>): Promise<T | undefined> {
  try {
    return await does()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const details = [
      error.message,
      ...error.problems.map((one) => `${one.pointer}: ${one.message}`),
    ]
    notify('error', what, details.join('\n'))
    return undefined
  }
}

const labPath = (): string => `/api/labs/${get().lab?.id ?? ''}`

async function renameLab(name: string): Promise<void> {
  const was = get().lab
  const wanted = name.trim()
  if (!was || !wanted || wanted === was.name) return
  set({ lab: { ...was, name: wanted } })
  const done = await trying('The lab could not be renamed', () =>
    http.patch<unknown>(labPath(), { name: wanted }).then(() => true),
  )
  if (!done) set((state) => ({ lab: state.lab && { ...state.lab, name: was.name } }))
}

/** Longest wait for the server to have what was drawn, before it is told to deploy it. */
const SAVED_WITHIN = 15_000

/** Resolves when every edit is acknowledged; false when one was refused or it took too long. */
async function saved(): Promise<boolean> {
  const refusals = get().refusals.length
  if (get().pending.length)
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        stop()
        resolve()
      }
      const timer = setTimeout(end, SAVED_WITHIN)
      const stop = useStore.subscribe((state) => {
        if (!state.pending.length) end()
      })
    })
  return get().pending.length === 0 && get().refusals.length === refusals
}

/** Starts a deployment, a destroy or a plan only, and opens the drawer that follows it. */
async function deploy(kind: DeploymentKind): Promise<void> {
  if (!(await saved())) {
    notify('warning', 'Not deployed', 'What you drew last is not saved yet.')
    return
  }
  setUi({ drawer: 'deploy' })
  set({ blocked: null })
  try {
    const begun = await http.post<Deployment>(`${labPath()}/deployments`, { kind })
    // Its events may have been quicker than the answer, and are newer.
    set((state) => (state.deployment?.id === begun.id ? {} : { deployment: begun }))
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    set({ blocked: { message: error.message, findings: error.findings } })
    announce(error.message)
  }
}

async function applyDeployment(id: string): Promise<void> {
  await trying('The plan could not be applied', () =>
    http.post<unknown>(`/api/deployments/${id}/apply`),
  )
}

async function cancelDeployment(id: string): Promise<void> {
  await trying('It could not be cancelled', () =>
    http.post<unknown>(`/api/deployments/${id}/cancel`),
  )
}

/** Binds hosts to hypervisors: host id → hypervisor id. */
async function savePlacement(placement: Readonly<Record<string, string>>): Promise<boolean> {
  const done = await trying('The placement was not saved', () =>
    http.put<unknown>(`${labPath()}/placement`, { placement }).then(() => true),
  )
  if (done) set({ placement })
  return done ?? false
}

export const actions = {
  editField,
  editFields,
  addNode,
  addInterface,
  addConnected,
  connect,
  reconnect,
  remove,
  removeSelected: (): void => remove([...get().selection]),
  moveToHost,
  move,
  edit,
  copy,
  cut,
  paste,
  duplicate,
  undo,
  redo,
  select,
  toggleSelected,
  selectAll,
  selectNone: (): void => select([]),
  focusOn,
  openConnect,
  setUi,
  renameLab,
  deploy,
  applyDeployment,
  cancelDeployment,
  savePlacement,
  dismissRefusal,
  reapplyRefusal,
} as const

export type { LabInfo, Table }
