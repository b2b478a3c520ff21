/** What the page knows: the server's truth, what is not yet acknowledged, and what is on screen. */

import { create } from 'zustand'
import { subscribeWithSelector } from 'zustand/middleware'
import type {
  Deployment,
  DeploymentKind,
  EditRefused,
  Finding,
  Hypervisor,
  Look,
  Looks,
  Me,
  Person,
  Preflight,
  VmAction,
} from '@/live/messages.ts'
import type { End } from '@/model/connecting.ts'
import type { Edit } from '@/model/edits.ts'
import type { KindSpecs } from '@/model/kinds.ts'
import type { Design, Ref } from '@/model/records.ts'
import type { VmActionName } from '@/model/vms.ts'
import { EMPTY } from '@/model/records.ts'
import type { ConsoleTab } from './consoles.ts'

/** An edit that the server has not acknowledged. */
export interface Pending {
  id: string
  edit: Edit
  label: string
  /** The step of the undo stack that it came from, to be forgotten if it is refused. */
  step: Step | undefined
  sent: boolean
  /** It was under way when the line broke: it may have arrived or not. */
  unsure: boolean
}

export type LooksChange = Partial<Record<Ref, [from: Look | null, to: Look | null]>>

/** One thing that a person did, as it can be taken back. */
export interface Step {
  label: string
  edit: Edit
  looks: LooksChange
}

/** An edit that was refused, until the person has chosen a way on. */
export interface Refusal {
  label: string
  edit: Edit
  answer: EditRefused
}

/** What may be said of a deployment before it is planned; see the server's DeploymentIn. */
export interface Wishes {
  auto?: boolean
  at_next_start?: boolean
}

/** What was wanted last and was not begun, and why. */
export interface Blocked {
  message: string
  findings: readonly Finding[]
  kind: DeploymentKind
  wishes: Wishes
}

export type Connection = 'connecting' | 'live' | 'lost' | 'refused'

export interface LabInfo {
  id: string
  name: string
  team: string
  role: string
}

/** What a person is asked about before it is done to a VM. */
export interface VmQuestion {
  id: string
  action: VmActionName
  snapshot: string
}

export interface Ui {
  left: 'palette' | 'outline'
  right: 'inspector' | 'findings' | 'checks'
  drawer: 'deploy' | 'revisions' | null
  dialog: 'connect' | 'check' | 'placement' | 'help' | 'destroy' | 'vm' | null
  /** Where the "connect to…" dialog starts. */
  connectFrom: End | null
  /** What the "add check…" dialog starts with. */
  check: { source: string | null; target: string | null } | null
  /** What the dialog about a VM asks. */
  vm: VmQuestion | null
  /** Whether dragging from a node draws a cable or a check. */
  tool: 'cable' | 'check'
  /** Whether checks are drawn. */
  checks: boolean
  /** The VLAN whose way is shown. */
  vlan: number | null
  leftOpen: boolean
  rightOpen: boolean
  /** The consoles that are open, and which of them is shown. */
  consoles: readonly ConsoleTab[]
  console: string | null
  minimap: boolean
  snap: boolean
  legend: boolean
}

export interface Data {
  lab: LabInfo | null
  kinds: KindSpecs
  connection: Connection
  /** When the connection was lost, milliseconds since the epoch. */
  lostAt: number | null
  me: Me | null
  client: string
  seq: number
  revision: number
  /** The server's truth at `revision`. */
  server: Design
  /** What is shown: the truth with our unacknowledged edits on top. */
  design: Design
  ready: boolean
  pending: readonly Pending[]
  looks: Looks
  undo: readonly Step[]
  redo: readonly Step[]
  selection: ReadonlySet<Ref>
  findings: readonly Finding[]
  findingsAt: ReadonlyMap<Ref, readonly Finding[]>
  deployment: Deployment | null
  /** By node: what was asked of the VM last, if that goes on or ended not long ago. */
  vmActions: Readonly<Record<string, VmAction>>
  blocked: Blocked | null
  /** The last one that was run by itself; a deployment's own is in `deployment`. */
  preflight: Preflight | null
  placement: Readonly<Record<string, string>>
  hypervisors: readonly Hypervisor[]
  /** Others who have the lab open. */
  people: readonly Person[]
  refusals: readonly Refusal[]
  focus: { ref: Ref; count: number } | null
  ui: Ui
}

export const NOTHING: ReadonlySet<Ref> = new Set<Ref>()

export const START: Data = {
  lab: null,
  kinds: {},
  connection: 'connecting',
  lostAt: null,
  me: null,
  client: '',
  seq: 0,
  revision: 0,
  server: EMPTY,
  design: EMPTY,
  ready: false,
  pending: [],
  looks: {},
  undo: [],
  redo: [],
  selection: NOTHING,
  findings: [],
  findingsAt: new Map(),
  deployment: null,
  vmActions: {},
  blocked: null,
  preflight: null,
  placement: {},
  hypervisors: [],
  people: [],
  refusals: [],
  focus: null,
  ui: {
    left: 'palette',
    right: 'inspector',
    drawer: null,
    dialog: null,
    connectFrom: null,
    check: null,
    vm: null,
    tool: 'cable',
    checks: true,
    vlan: null,
    leftOpen: true,
    rightOpen: true,
    consoles: [],
    console: null,
    minimap: true,
    snap: true,
    legend: false,
  },
}

export const useStore = create<Data>()(subscribeWithSelector(() => START))

export const get = useStore.getState
export const set = useStore.setState

export function setUi(change: Partial<Ui>): void {
  set((state) => ({ ui: { ...state.ui, ...change } }))
}
