/**
 * What travels between the server and a browser: names for the generated types, and refs as the
 * model writes them. Nothing here is typed a second time.
 */

import type { components } from '@/generated/types.ts'
import type { Conflict, Edit } from '@/model/edits.ts'
import type { Fields, Look, Looks, LooksPatch, Ref } from '@/model/records.ts'

type Schemas = components['schemas']

/** Its `ref` is one of the model's refs, and what the server may leave out is filled in. */
type At<T extends { ref?: unknown }> = Required<Omit<T, 'ref'>> & {
  ref: null extends T['ref'] ? Ref | null : Ref
}

export type State = Schemas['StatusState']
/** What was observed of one record. */
export type Status = Omit<Schemas['Status'], 'facts'> & {
  facts: Record<string, string | number | boolean | string[]>
}
export type Finding = At<Schemas['Finding']>
export type Problem = Schemas['Problem']
export type Hypervisor = Schemas['HypervisorOut']

/** Frames of one VLAN and size, one way over a segment: what became of them. */
export type Cell = Schemas['CellOut']
/** The last one of a deployment or by itself: what the switches in between let through. */
export type Preflight = Omit<Schemas['PreflightOut'], 'findings'> & { findings: Finding[] }

export type Deployment = Omit<Schemas['DeploymentOut'], 'parts' | 'preflight' | 'warnings'> & {
  parts: Part[]
  warnings: Finding[]
  preflight: Preflight | null
}
export type DeploymentKind = Deployment['kind']
export type DeploymentState = Deployment['state']
export type Part = Omit<Schemas['PartOut'], 'failure'> & {
  failure: At<Schemas['Failure']> | null
}
export type PartState = Part['state']
export type Operation = At<Schemas['OperationOut']>

/** What was asked of a VM by hand, and how far it is. */
export type VmAction = Schemas['VmActionOut']

export type Me = Schemas['Person']
export type Person = Omit<Required<Schemas['Client']>, 'selection' | 'drag'> & {
  selection: Ref[]
  drag: Partial<Record<Ref, Schemas['Point']>> | null
}

export type { Look, Looks, LooksPatch }

export interface DocumentJson {
  name: string
  description?: string
  nodes: Record<string, Fields>
  interfaces: Record<string, Fields>
  links: Record<string, Fields>
  checks?: Record<string, Fields>
}

export type Snapshot = Pick<Schemas['Snapshot'], 'seq' | 'revision' | 'client' | 'me'> & {
  type: 'snapshot'
  document: DocumentJson
  looks: Looks
  findings: Finding[]
  statuses: Partial<Record<Ref, Status>>
  deployment: Deployment | null
  actions: VmAction[]
  placement: Record<string, string>
  hypervisors: Hypervisor[]
}

export type LabEvent =
  | (Pick<Schemas['Edited'], 'revision'> & {
      kind: 'edited'
      edit: Edit
      edit_id: string | null
      author: Me | null
      client: string | null
      findings: Finding[]
    })
  | { kind: 'looks'; looks: LooksPatch; client: string | null }
  | { kind: 'status'; changes: Partial<Record<Ref, Status | null>> }
  | { kind: 'deployment'; deployment: Deployment | null }
  | { kind: 'placement'; placement: Record<string, string> }
  | { kind: 'hypervisors'; hypervisors: Hypervisor[] }
  | { kind: 'lab'; name: string }
  | { kind: 'vm-action'; action: VmAction }

export type EditRefused = Pick<Schemas['EditRefused'], 'code' | 'message' | 'revision'> & {
  type: 'edit-refused'
  edit_id: string
  conflicts: Conflict[]
  problems: Problem[]
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
