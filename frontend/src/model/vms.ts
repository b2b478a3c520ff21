/** What a VM is doing by what was observed, what can be asked of it, and why not. */

import type { NodeRecord } from './records.ts'

export type VmActionName =
  | 'start'
  | 'shutdown'
  | 'reboot'
  | 'force-off'
  | 'pause'
  | 'resume'
  | 'snapshot'
  | 'revert'
  | 'delete-snapshot'
  | 'clone'

/** A status as far as it matters here. */
interface Status {
  state: string
  facts: Readonly<Record<string, unknown>>
}

/** What was asked of a VM, as far as it matters here. */
interface Action {
  action: VmActionName
  state: string
}

export type Power = 'running' | 'paused' | 'off' | 'crashed' | 'stuck' | 'ending'

export const POWER_WORDS: Readonly<Record<Power, string>> = {
  running: 'Running',
  paused: 'Paused',
  off: 'Shut off',
  crashed: 'Crashed',
  stuck: 'Stopped by an error',
  ending: 'Shutting down',
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

/** Undefined: it is not deployed, or nothing is known of it. */
export function powerOf(status: Status | undefined): Power | undefined {
  if (!status || status.state === 'unknown') return undefined
  const reason = text(status.facts['domain_reason'])
  switch (text(status.facts['domain_state'])) {
    case 'running':
    case 'idle':
      return 'running'
    case 'paused':
    case 'pmsuspended':
      return reason === 'I/O error' || reason === 'watchdog' || reason === 'crashed'
        ? 'stuck'
        : 'paused'
    case 'shut off':
      return reason === 'crashed' || reason === 'failed' ? 'crashed' : 'off'
    case 'crashed':
      return 'crashed'
    case 'in shutdown':
      return 'ending'
    default:
      return undefined
  }
}

/** What becomes of it when it is started next, each in words: "vCPUs 2 → 4". */
export const nextStartOf = (status: Status | undefined): string[] =>
  list(status?.facts['next_start'])

export interface Snapshot {
  name: string
  /** ISO 8601. */
  at: string
  /** Whether it has the VM's memory, or only its disk. */
  memory: boolean
  current: boolean
}

/** Newest first. */
export function snapshotsOf(status: Status | undefined): Snapshot[] {
  const facts = status?.facts ?? {}
  const [at, states] = [list(facts['snapshots_at']), list(facts['snapshots_state'])]
  const current = new Set(list(facts['snapshots_current']))
  return list(facts['snapshots'])
    .map((name, index) => ({
      name,
      at: at[index] ?? '',
      memory: states[index] !== 'shutoff',
      current: current.has(name),
    }))
    .reverse()
}

/** Names that the server takes; the same as designer/wire/acting.py has. */
const SNAPSHOT_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._:-]{0,59}$/

/** Why a snapshot cannot be called that. */
export function whyNotNamed(name: string, there: readonly Snapshot[]): string | undefined {
  if (!name) return 'Give it a name.'
  if (!SNAPSHOT_NAME.test(name))
    return 'Letters, digits, spaces and . _ : - only, 60 at most, a letter or digit first.'
  return there.some((one) => one.name === name) ? 'There is one of that name already.' : undefined
}

export const isOpen = (action: Action | undefined): boolean =>
  action?.state === 'asked' || action?.state === 'running'

/** What there is to know before something is asked of a VM. */
export interface Circumstances<A extends Action = Action> {
  node: NodeRecord | undefined
  status: Status | undefined
  last: A | undefined
  /** The lab is being deployed. */
  deploying: boolean
  /** The hypervisor that the VM is on, if it is known. */
  hypervisor: { name: string; connected: boolean } | undefined
}

/** Why this cannot be asked of the VM now; nothing where it can. */
export function whyNotAct(action: VmActionName, now: Circumstances): string | undefined {
  const power = powerOf(now.status)
  if (now.status === undefined || now.status.state === 'absent') return 'Deploy the VM first.'
  if (now.hypervisor?.connected === false)
    return `${now.hypervisor.name} is not connected: start its agent.`
  if (power === undefined) return 'Its state is not known.'
  if (now.deploying) return 'The lab is being deployed.'
  if (now.last && isOpen(now.last) && !(action === 'force-off' && now.last.action !== 'force-off'))
    return `${DOING[now.last.action]}: wait for its end.`
  const diskless = !text(now.node?.['disk'])
  switch (action) {
    case 'start':
      if (power === 'running' || power === 'ending') return 'It runs already.'
      return power === 'paused' || power === 'stuck' ? 'It is paused: resume it.' : undefined
    case 'shutdown':
    case 'reboot':
      if (power === 'paused' || power === 'stuck') return 'It is paused: resume it first.'
      return power === 'running' ? undefined : OFF
    case 'force-off':
      return power === 'off' || power === 'crashed' ? 'It is shut off already.' : undefined
    case 'pause':
      if (power === 'paused') return 'It is paused already.'
      return power === 'running' ? undefined : OFF
    case 'resume':
      if (power === 'running') return 'It runs already.'
      return power === 'paused' || power === 'stuck' ? undefined : OFF
    case 'snapshot':
    case 'revert':
    case 'delete-snapshot':
      return diskless ? 'It has no disk that could hold a snapshot.' : undefined
    case 'clone':
      return undefined
  }
}

const OFF = 'It is shut off.'

export const ACTION_WORDS: Readonly<Record<VmActionName, string>> = {
  start: 'Start',
  shutdown: 'Shut down',
  reboot: 'Restart',
  'force-off': 'Force off',
  pause: 'Pause',
  resume: 'Resume',
  snapshot: 'Take a snapshot',
  revert: 'Go back',
  'delete-snapshot': 'Delete the snapshot',
  clone: 'Clone',
}

/** While it goes on. */
export const DOING: Readonly<Record<VmActionName, string>> = {
  start: 'Starting',
  shutdown: 'Shutting down',
  reboot: 'Restarting',
  'force-off': 'Forcing off',
  pause: 'Pausing',
  resume: 'Resuming',
  snapshot: 'Taking a snapshot',
  revert: 'Going back',
  'delete-snapshot': 'Deleting a snapshot',
  clone: 'Cloning',
}

/** Those that lose something are asked about first. */
export const DESTRUCTIVE: ReadonlySet<VmActionName> = new Set([
  'force-off',
  'revert',
  'delete-snapshot',
])
