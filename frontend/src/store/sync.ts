/**
 * The design between the server and the screen. The server's truth at revision N, and on top of it
 * what is not yet acknowledged; others' edits go underneath. One edit is under way at a time, so
 * that a refusal never drags later ones with it unseen.
 */

import type {
  EditRefused,
  Finding,
  FromServer,
  Hypervisor,
  LabEvent,
  Look,
  Looks,
  LooksPatch,
  Snapshot,
  ToServer,
} from '@/live/messages.ts'
import { ApiError, http } from '@/live/http.ts'
import type { Edit } from '@/model/edits.ts'
import { apply, conflicts, isApplied, isEmpty, rebase } from '@/model/edits.ts'
import type { Design, Ref } from '@/model/records.ts'
import { TABLES, same, splitRef } from '@/model/records.ts'
import { renameTaken } from '@/model/renaming.ts'
import { takeVmEvent } from './acting.ts'
import { announce, notify } from './notices.ts'
import { statuses } from './statuses.ts'
import type { Data, LooksChange, Pending, Step } from './state.ts'
import { get, set } from './state.ts'

/** Gives a message to the socket; false when there is none open. */
export type Send = (message: ToServer) => boolean

let send: Send = () => false
let looksUnsent: LooksPatch = {}
let looksTimer: ReturnType<typeof setTimeout> | undefined

/** Called by the live client with the way to the server, and with none when it is gone. */
export function setSend(way: Send | undefined): void {
  send = way ?? (() => false)
  resyncing = false
}

// ---- to the server ----

/** Does something: shows it, sends it, and remembers how to take it back. */
export function commit(label: string, edit: Edit, looks: LooksPatch = {}): void {
  const step = perform(label, edit, looks, true)
  if (step) set((state) => ({ undo: [...state.undo.slice(-199), step], redo: [] }))
}

/** Shows and sends; gives the step that was taken, or nothing if nothing was to be done. */
export function perform(
  label: string,
  edit: Edit,
  looks: LooksPatch,
  undoable: boolean,
): Step | undefined {
  const before = get()
  if (!before.ready) return undefined
  const changes: LooksChange = {}
  for (const [at, to] of Object.entries(looks) as [Ref, Look | null][]) {
    const from = before.looks[at] ?? null
    if (!sameLook(from, to)) changes[at] = [from, to]
  }
  const edits = !isEmpty(edit)
  if (!edits && !Object.keys(changes).length) return undefined
  const step: Step = { label, edit: edits ? edit : {}, looks: changes }
  const next: Partial<Data> = {}
  if (edits) {
    const pending: Pending = {
      id: crypto.randomUUID(),
      edit,
      label,
      step: undoable ? step : undefined,
      sent: false,
      unsure: false,
    }
    next.design = apply(before.design, edit)
    next.pending = [...before.pending, pending]
    next.selection = standing(before.selection, next.design)
  }
  if (Object.keys(changes).length) {
    next.looks = patched(
      before.looks,
      whole(changes),
    )
  }
  set(next)
  if (Object.keys(changes).length) sendLooks(whole(changes))
  flush()
  return step
}

/** Sends the first edit that waits, if none is under way. */
export function flush(): void {
  const [first] = get().pending
  if (!first || first.sent) return
  if (first.unsure) {
    void confirm(first)
    return
  }
  if (send({ type: 'edit', edit_id: first.id, base: get().revision, edit: first.edit }))
    mark(first.id, { sent: true })
}

/**
 * An edit that was under way when the line broke: over HTTP the server answers for an id that it
 * knows already with the revision that it made, where the socket would stay silent.
 */
async function confirm(one: Pending): Promise<void> {
  const { lab, revision, client } = get()
  if (!lab) return
  mark(one.id, { sent: true })
  const forget = (): void =>
    set((state) => ({ pending: state.pending.filter((other) => other.id !== one.id) }))
  try {
    const answer = await http.post<{ revision: number }>(`/api/labs/${lab.id}/edits`, {
      edit_id: one.id,
      base: revision,
      edit: one.edit,
      client,
    })
    // A newer revision comes as an event; an older one was in the snapshot.
    if (answer.revision > get().revision) return
    forget()
    set((state) => ({ design: onTop(state.server, state.pending) }))
    flush()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error.status === 0 || error.status >= 500) {
      mark(one.id, { sent: false })
      return
    }
    takeRefusal({
      type: 'edit-refused',
      edit_id: one.id,
      code: error.conflicts.length ? 'stale' : 'invalid',
      message: error.message,
      conflicts: error.conflicts,
      problems: error.problems,
      revision: get().revision,
    })
  }
}

function mark(id: string, change: Partial<Pending>): void {
  set((state) => ({
    pending: state.pending.map((one) => (one.id === id ? { ...one, ...change } : one)),
  }))
}

/** The server could not even read what we sent and closed: the edit under way is to blame. */
export function unreadable(reason: string): void {
  const one = get().pending.find((each) => each.sent)
  if (!one) return
  takeRefusal({
    type: 'edit-refused',
    edit_id: one.id,
    code: 'invalid',
    message: reason || 'The server could not read it.',
    conflicts: [],
    problems: [],
    revision: get().revision,
  })
}

/** Looks are not edits: sent soon, merged, the last one wins. */
function sendLooks(patch: LooksPatch): void {
  looksUnsent = { ...looksUnsent, ...patch }
  looksTimer ??= setTimeout(flushLooks, 50)
}

export function flushLooks(): void {
  clearTimeout(looksTimer)
  looksTimer = undefined
  if (!Object.keys(looksUnsent).length) return
  if (send({ type: 'looks', patch: looksUnsent })) looksUnsent = {}
}

export const sendPresence = (presence: Omit<Extract<ToServer, { type: 'presence' }>, 'type'>): void => {
  send({ type: 'presence', ...presence })
}

// ---- from the server ----

export function receive(message: FromServer): void {
  switch (message.type) {
    case 'snapshot':
      takeSnapshot(message)
      break
    case 'event':
      takeEvent(message.seq, message.event)
      break
    case 'presence':
      set((state) => ({
        people: message.clients.filter((person) => person.client !== state.client),
      }))
      break
    case 'edit-refused':
      takeRefusal(message)
      break
    case 'pong':
      break
  }
}

/** A gap was seen; until the snapshot is there, nothing that comes can be placed. */
let resyncing = false

function takeSnapshot(snapshot: Snapshot): void {
  resyncing = false
  const { document } = snapshot
  const server: Design = {
    name: document.name,
    description: document.description ?? '',
    nodes: document.nodes as Design['nodes'],
    interfaces: document.interfaces as Design['interfaces'],
    links: document.links as Design['links'],
    checks: (document.checks ?? {}) as Design['checks'],
  }
  // What was under way when the connection broke may have arrived or not.
  const pending = get()
    .pending.filter((one) => !(one.sent && isApplied(server, one.edit)))
    .map((one) => ({ ...one, sent: false, unsure: one.unsure || one.sent }))
  const design = onTop(server, pending)
  statuses.replace(snapshot.statuses)
  set((state) => ({
    seq: snapshot.seq,
    revision: snapshot.revision,
    server,
    design,
    pending,
    looks: patched(snapshot.looks, looksUnsent),
    ...withFindings(snapshot.findings),
    deployment: snapshot.deployment,
    vmActions: Object.fromEntries(snapshot.actions.map((one) => [one.node, one])),
    placement: snapshot.placement,
    hypervisors: snapshot.hypervisors.map(withConnected),
    me: snapshot.me,
    client: snapshot.client,
    ready: true,
    connection: 'live',
    lostAt: null,
    selection: standing(state.selection, design),
  }))
  flush()
  flushLooks()
}

function takeEvent(seq: number, event: LabEvent): void {
  const { seq: last, ready } = get()
  if (!ready || resyncing || seq <= last) return
  if (seq !== last + 1) {
    resyncing = send({ type: 'resync' })
    return
  }
  set({ seq })
  switch (event.kind) {
    case 'edited':
      takeEdit(event)
      break
    case 'looks':
      if (event.client !== get().client)
        set((state) => ({ looks: patched(state.looks, event.looks) }))
      break
    case 'status':
      statuses.change(event.changes)
      break
    case 'deployment':
      takeDeployment(event)
      break
    case 'placement':
      set({ placement: event.placement })
      break
    case 'hypervisors':
      set({ hypervisors: event.hypervisors.map(withConnected) })
      break
    case 'lab':
      set((state) => ({ lab: state.lab && { ...state.lab, name: event.name } }))
      break
    case 'vm-action':
      takeVmEvent(event)
      break
  }
}

function takeEdit(event: Extract<LabEvent, { kind: 'edited' }>): void {
  const before = get()
  const own = before.pending.find((one) => one.id === event.edit_id)
  const pending = own ? before.pending.filter((one) => one !== own) : before.pending
  let server = apply(before.server, event.edit)
  let design: Design
  if (own && sameEdit(own.edit, event.edit)) {
    // As expected: what is shown stays, down to the objects.
    design = before.design
    if (!pending.length) server = design
  } else if (!pending.length && !own && before.server === before.design) design = server
  else design = onTop(server, pending)
  set({
    revision: event.revision,
    server,
    design,
    pending,
    ...withFindings(event.findings),
    selection: standing(before.selection, design),
  })
  if (!own && event.client !== before.client) announce(`${event.author?.name ?? 'Someone'} edited the lab.`)
  flush()
}

function takeDeployment({ deployment }: Extract<LabEvent, { kind: 'deployment' }>): void {
  const was = get().deployment
  set({ deployment })
  if (!deployment || was?.state === deployment.state) return
  announce(`${deployment.kind}: ${deployment.state}. ${deployment.message}`)
}

function takeRefusal(answer: EditRefused): void {
  const before = get()
  const refused = before.pending.find((one) => one.id === answer.edit_id)
  if (!refused) return
  const rest = before.pending.filter((one) => one !== refused)
  const renamed = answer.code === 'stale' ? renameTaken(before.server, refused.edit) : undefined
  if (renamed && !conflicts(before.server, renamed).length) {
    // Someone was quicker with the same new id; nothing that a person would have to decide.
    if (refused.step) refused.step.edit = renamed
    const again: Pending = { ...refused, id: crypto.randomUUID(), edit: renamed, sent: false, unsure: false }
    const pending = [again, ...rest]
    const design = onTop(before.server, pending)
    set({ pending, design, selection: standing(before.selection, design) })
    flush()
    return
  }
  const design = onTop(before.server, rest)
  set({
    pending: rest,
    design,
    undo: before.undo.filter((step) => step !== refused.step),
    refusals: [...before.refusals, { label: refused.label, edit: refused.edit, answer }],
    selection: standing(before.selection, design),
  })
  announce(`${refused.label} was refused: ${answer.message}`)
  flush()
}

// ---- a way on after a refusal ----

/** Keeps what stands on the server. */
export function dismissRefusal(editId: string): void {
  set((state) => ({
    refusals: state.refusals.filter((one) => one.answer.edit_id !== editId),
  }))
}

/** Starts from what stands now and sets what was meant, field by field. */
export function reapplyRefusal(editId: string): void {
  const refusal = get().refusals.find((one) => one.answer.edit_id === editId)
  dismissRefusal(editId)
  if (!refusal) return
  const edit = rebase(get().design, refusal.edit, true)
  if (isEmpty(edit)) notify('info', 'Nothing left to apply', 'What it changed is gone.')
  else commit(refusal.label, edit)
}

// ---- helpers ----

/** Whether the server took the edit as it was sent: it may have written values in its own way. */
const sameEdit = (one: Edit, other: Edit): boolean =>
  TABLES.every((table) =>
    (['added', 'changed', 'removed'] as const).every((name) =>
      same(one[table]?.[name] ?? {}, other[table]?.[name] ?? {}),
    ),
  )

const withConnected = (one: Hypervisor): Hypervisor => ({
  ...one,
  connected: one.state === 'connected',
})

const onTop = (server: Design, pending: readonly Pending[]): Design =>
  pending.reduce((design, one) => apply(design, one.edit), server)

function withFindings(findings: readonly Finding[]): Pick<Data, 'findings' | 'findingsAt'> {
  const findingsAt = new Map<Ref, Finding[]>()
  for (const finding of findings) {
    const list = findingsAt.get(finding.ref)
    if (list) list.push(finding)
    else findingsAt.set(finding.ref, [finding])
  }
  return { findings, findingsAt }
}

/** The part of a selection that still stands; the same object if all does. */
function standing(selection: ReadonlySet<Ref>, design: Design): ReadonlySet<Ref> {
  const left = [...selection].filter((at) => {
    const [table, id] = splitRef(at)
    return id in design[table]
  })
  return left.length === selection.size ? selection : new Set(left)
}

/** Lays a patch over looks as the server does: key by key, and a null takes away. */
function patched(looks: Looks, patch: LooksPatch): Looks {
  const result: Partial<Record<Ref, Look>> = { ...looks }
  for (const [at, look] of Object.entries(patch) as [Ref, Look | null | undefined][]) {
    if (look) result[at] = laidOver(result[at], look)
    else delete result[at]
  }
  return result
}

const laidOver = (old: Look | undefined, patch: Look): Look =>
  Object.fromEntries(
    Object.entries({ ...old, ...patch }).filter(([, value]) => value !== null),
  ) as unknown as Look

/** The patch that leads to exactly these looks: keys that go are sent as null. */
function whole(changes: LooksChange): LooksPatch {
  const patch: LooksPatch = {}
  for (const [at, change] of Object.entries(changes) as [Ref, [Look | null, Look | null]][]) {
    const [from, to] = change
    const gone = Object.keys(from ?? {}).filter((key) => !to || !(key in to))
    patch[at] = to && { ...to, ...Object.fromEntries(gone.map((key) => [key, null])) }
  }
  return patch
}

export function sameLook(one: Look | null, other: Look | null): boolean {
  if (!one || !other) return one === other
  return (
    one.x === other.x &&
    one.y === other.y &&
    one.width === other.width &&
    one.height === other.height &&
    one.collapsed === other.collapsed
  )
}
