/** A server in memory: one lab, any number of clients, the same words as the real one. */

import { receive, setSend } from '@/store/index.ts'
import type {
  Finding,
  FromServer,
  LabEvent,
  Looks,
  Person,
  Snapshot,
  Status,
  ToServer,
} from '@/live/messages.ts'
import { apply, conflicts, isEmpty } from '@/model/edits.ts'
import type { Edit } from '@/model/edits.ts'
import type { Design, Look, LooksPatch, Ref } from '@/model/records.ts'

type Client = (message: FromServer) => void

const ME = { id: 1, name: 'Ada' }

export class FakeServer {
  design: Design
  looks: Looks
  seq = 0
  revision = 1
  findings: Finding[] = []
  statuses: Partial<Record<Ref, Status>> = {}
  people: Person[] = []
  received: ToServer[] = []
  private readonly clients = new Map<string, Client>()
  private readonly known = new Set<string>()

  constructor(design: Design, looks: LooksPatch = {}) {
    this.design = design
    this.looks = looks as Looks
  }

  /** Joins as a client; the answer is the way in. */
  join(client: string, hear: Client): (message: ToServer) => boolean {
    this.clients.set(client, hear)
    hear(this.snapshot(client))
    return (message) => {
      this.take(client, message)
      return true
    }
  }

  leave(client: string): void {
    this.clients.delete(client)
  }

  snapshot(client: string): Snapshot {
    return structuredClone({
      type: 'snapshot' as const,
      seq: this.seq,
      revision: this.revision,
      document: {
        name: this.design.name,
        description: this.design.description,
        nodes: this.design.nodes,
        interfaces: this.design.interfaces,
        links: this.design.links,
        checks: this.design.checks,
      },
      looks: this.looks,
      findings: this.findings,
      statuses: this.statuses,
      deployment: null,
      actions: [],
      placement: {},
      hypervisors: [],
      me: ME,
      client,
    })
  }

  take(client: string, message: ToServer): void {
    this.received.push(message)
    switch (message.type) {
      case 'edit':
        this.edit(client, message.edit_id, message.edit)
        break
      case 'looks':
        this.looks = merged(this.looks, message.patch)
        this.emit({ kind: 'looks', looks: message.patch, client })
        break
      case 'resync':
        this.clients.get(client)?.(this.snapshot(client))
        break
      case 'ping':
        this.clients.get(client)?.({ type: 'pong' })
        break
      case 'presence':
        break
    }
  }

  edit(client: string | null, id: string, edit: Edit, author = ME.name): void {
    if (this.known.has(id)) return
    const found = conflicts(this.design, edit)
    if (found.length || isEmpty(edit)) {
      if (client !== null)
        this.clients.get(client)?.({
          type: 'edit-refused',
          edit_id: id,
          code: 'stale',
          message: 'Others changed the same things meanwhile.',
          conflicts: found,
          problems: [],
          revision: this.revision,
        })
      return
    }
    this.known.add(id)
    this.design = apply(this.design, edit)
    this.revision++
    this.emit({
      kind: 'edited',
      revision: this.revision,
      edit,
      edit_id: id,
      author: { id: 2, name: author },
      client,
      findings: this.findings,
    })
  }

  status(changes: Partial<Record<Ref, Status | null>>): void {
    this.emit({ kind: 'status', changes })
  }

  emit(event: LabEvent): void {
    this.seq++
    const text = JSON.stringify({ type: 'event', seq: this.seq, event })
    for (const hear of this.clients.values()) hear(JSON.parse(text) as FromServer)
  }

  show(people: Person[]): void {
    for (const hear of this.clients.values()) hear({ type: 'presence', clients: people })
  }
}

function merged(looks: Looks, patch: LooksPatch): Looks {
  const result: Partial<Record<Ref, Look>> = { ...looks }
  for (const [at, look] of Object.entries(patch) as [Ref, Look | null][]) {
    if (!look) delete result[at]
    else
      result[at] = Object.fromEntries(
        Object.entries({ ...result[at], ...look }).filter(([, value]) => value !== null),
      ) as unknown as Look
  }
  return result
}

/** Plugs the page's store into the fake server. */
export function plug(server: FakeServer, client = 'me'): void {
  const send = server.join(client, receive)
  setSend((message) => {
    // As over a wire: the answer never comes before the question has returned.
    const text = JSON.stringify(message)
    setTimeout(() => send(JSON.parse(text) as ToServer), 0)
    return true
  })
}

export const status = (
  state: Status['state'],
  detail = '',
  facts: Status['facts'] = {},
): Status => ({ state, detail, facts, hypervisor: 'hv1', at: '2026-01-01T00:00:00Z' })
