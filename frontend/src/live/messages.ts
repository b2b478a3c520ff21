/** What travels between the server and a browser: the socket's messages and what is in them. */

import type { Conflict, Edit } from '@/model/edits.ts'
import type { Fields, Look, Looks, LooksPatch, Ref } from '@/model/records.ts'

export type State =
  | 'ok'
  | 'pending'
  | 'applying'
  | 'drift'
  | 'failed'
  | 'degraded'
  | 'absent'
  | 'unknown'

/** What was observed of one record. */
export interface Status {
  state: State
  detail: string
  facts: Record<string, string | number | boolean | string[]>
  hypervisor?: string
  /** When it was observed, ISO 8601. */
  at?: string
}

export interface Finding {
  code: string
  severity: 'error' | 'warning'
  ref: Ref
  field: string | null
  message: string
  fix: string
}

export interface Problem {
  code: string
  pointer: string
  message: string
  allowed?: string
}

export type { Look, Looks, LooksPatch }

export interface Hypervisor {
  id: string
  name: string
  connected: boolean
  last_seen?: string | null
  connected_at?: string | null
  inventory?: Record<string, unknown> | null
}

export type DeploymentKind = 'deploy' | 'destroy' | 'plan'
export type DeploymentState =
  | 'planning'
  | 'planned'
  | 'applying'
  | 'done'
  | 'failed'
  | 'cancelled'
export type PartState =
  | 'waiting'
  | 'planning'
  | 'planned'
  | 'applying'
  | 'applied'
  | 'failed'
  | 'undone'
  | 'refused'
  | 'stale'

export interface Part {
  hypervisor: { id: string; name: string }
  state: PartState
  done: number
  total: number
  note: string
  message: string
  failure: { ref: Ref | null; key: unknown; words: string; advice: string } | null
  fingerprint: string | null
  operations_count: number
}

export interface Deployment {
  id: string
  kind: DeploymentKind
  state: DeploymentState
  revision: number
  created: string
  by: string | { id: string; name: string } | null
  auto: boolean
  message: string
  parts: Part[]
}

export interface Operation {
  action: string
  ref: Ref | null
  key: unknown
  reason: string
  equivalents: string[]
}

export interface Person {
  client: string
  name: string
  color: string
  at: { x: number; y: number } | null
  selection: Ref[]
  drag: Partial<Record<Ref, { x: number; y: number }>> | null
}

export interface Me {
  id: string | number
  name: string
}

export interface DocumentJson {
  name: string
  description?: string
  nodes: Record<string, Fields>
  interfaces: Record<string, Fields>
  links: Record<string, Fields>
}

export interface Snapshot {
  type: 'snapshot'
  seq: number
  revision: number
  document: DocumentJson
  looks: Looks
  findings: Finding[]
  statuses: Partial<Record<Ref, Status>>
  deployment: Deployment | null
  placement: Record<string, string>
  hypervisors: Hypervisor[]
  me: Me
  client: string
}

export type LabEvent =
  | {
      kind: 'edited'
      revision: number
      edit: Edit
      edit_id: string
      author: Me
      client: string | null
      findings: Finding[]
    }
  | { kind: 'looks'; looks: LooksPatch; client: string | null }
  | { kind: 'status'; changes: Partial<Record<Ref, Status | null>> }
  | { kind: 'deployment'; deployment: Deployment | null }
  | { kind: 'placement'; placement: Record<string, string> }
  | { kind: 'hypervisors'; hypervisors: Hypervisor[] }
  | { kind: 'lab'; name: string }

export interface EditRefused {
  type: 'edit-refused'
  edit_id: string
  code: 'stale' | 'invalid' | 'forbidden'
  message: string
  conflicts: Conflict[]
  problems: Problem[]
  revision: number
}

export type FromServer =
  | Snapshot
  | { type: 'event'; seq: number; event: LabEvent }
  | { type: 'presence'; clients: Person[] }
  | EditRefused
  | { type: 'pong' }

export type ToServer =
  | { type: 'edit'; edit_id: string; base: number; edit: Edit }
  | { type: 'looks'; patch: LooksPatch }
  | {
      type: 'presence'
      at: { x: number; y: number } | null
      selection: Ref[]
      drag: Partial<Record<Ref, { x: number; y: number }>> | null
    }
  | { type: 'resync' }
  | { type: 'ping' }
