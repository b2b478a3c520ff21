/** What states of a deployment are called, and how they look. */

import type { Deployment, DeploymentState, Part, PartState } from '@/live/messages.ts'
import type { State } from '@/live/messages.ts'

export interface Words {
  words: string
  color: string
  /** The state of a node whose sign stands beside it. */
  sign: State
}

export const PART: Readonly<Record<PartState, Words>> = {
  waiting: { words: 'Waiting for its agent', color: 'gray', sign: 'pending' },
  planning: { words: 'Comparing', color: 'blue', sign: 'applying' },
  planned: { words: 'Planned', color: 'blue', sign: 'pending' },
  applying: { words: 'Working', color: 'blue', sign: 'applying' },
  applied: { words: 'Done and verified', color: 'teal', sign: 'ok' },
  failed: { words: 'Failed', color: 'red', sign: 'failed' },
  undone: { words: 'Put back', color: 'yellow', sign: 'degraded' },
  refused: { words: 'Refused', color: 'red', sign: 'failed' },
  stale: { words: 'The machine has moved on', color: 'yellow', sign: 'drift' },
}

const STATE: Readonly<Record<DeploymentState, Words>> = {
  planning: { words: 'Planning', color: 'blue', sign: 'applying' },
  planned: { words: 'Planned', color: 'blue', sign: 'pending' },
  applying: { words: 'Working', color: 'blue', sign: 'applying' },
  done: { words: 'Done', color: 'teal', sign: 'ok' },
  failed: { words: 'Failed', color: 'red', sign: 'failed' },
  cancelled: { words: 'Cancelled', color: 'gray', sign: 'absent' },
}

export function stateOf(deployment: Deployment): Words {
  if (deployment.state === 'planned' && decides(deployment))
    return deployment.preflight?.state === 'running'
      ? { words: 'Preflight', color: 'blue', sign: 'applying' }
      : { words: 'Waits: the preflight found losses', color: 'red', sign: 'failed' }
  if (deployment.state === 'applying' && deployment.ending !== '')
    return { words: 'Putting back', color: 'yellow', sign: 'applying' }
  return STATE[deployment.state]
}

/** Whether it is the preflight that says how a planned deployment goes on. */
export const decides = (deployment: Deployment): boolean =>
  deployment.kind !== 'plan' && ['running', 'failed'].includes(deployment.preflight?.state ?? '')

/** A part that was called off before its first operation has nothing to put back. */
export function partState(part: Part): Words {
  if (part.state === 'undone' && part.done === 0 && !part.putting_back && part.failure === null)
    return { words: 'Not begun', color: 'gray', sign: 'absent' }
  if (part.state === 'undone' && part.failure !== null)
    return { words: 'Failed and undone', color: 'red', sign: 'failed' }
  if (part.putting_back && (part.state === 'applying' || part.state === 'planning'))
    return { words: 'Putting back', color: 'yellow', sign: 'applying' }
  return PART[part.state]
}

export const titleOf = (deployment: Deployment): string =>
  ({ deploy: 'Deploy', destroy: 'Destroy', plan: 'Plan' })[deployment.kind]

export const runs = (deployment: Deployment): boolean =>
  deployment.state === 'planning' || deployment.state === 'applying'

/** Share of a part that is done, 0 to 100. A plan without operations is done at once. */
export function percent(part: Part): number {
  if (part.state === 'applied') return 100
  if (part.total === 0) return 0
  return Math.min(100, Math.round((100 * part.done) / part.total))
}

/** What a part does right now, in a line. */
export function line(part: Part): string {
  if (part.state === 'applying' && part.total > 0) return `${part.done} of ${part.total} operations`
  if (part.state === 'applied' && part.operations_count === 0) return 'Nothing had to change'
  if (part.state === 'planned' && part.operations_count === 0) return 'Nothing to change'
  if (part.operations_count === 0) return ''
  return plural(part.operations_count, 'operation')
}

export const plural = (count: number, word: string): string =>
  `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`
