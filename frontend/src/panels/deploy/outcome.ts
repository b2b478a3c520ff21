/** Where a deployment went ill: what happened on which hypervisor, in words. */

import type { Deployment, Part, State } from '@/live/messages.ts'
import { plural } from './words.ts'

export interface Outcome {
  name: string
  sign: State
  words: string
}

/** One line for each hypervisor; none while all goes well, or where there is only one. */
export function outcomes(deployment: Deployment): Outcome[] {
  const ill =
    deployment.state === 'failed' || deployment.state === 'cancelled' || deployment.ending !== ''
  if (!ill || deployment.parts.length < 2) return []
  // Those that broke first: they are why the others were put back.
  return deployment.parts
    .map((part) => ({ rank: broke(part) ? 0 : 1, part }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ part }) => ({ name: part.hypervisor.name, ...told(part, deployment) }))
}

const broke = (part: Part): boolean =>
  part.failure !== null || ['failed', 'refused', 'stale'].includes(part.state)

function told(part: Part, deployment: Deployment): { sign: State; words: string } {
  if (part.putting_back)
    return { sign: 'applying', words: `${why(part)}is being put back to what it was before` }
  switch (part.state) {
    case 'failed':
      return { sign: 'failed', words: `${why(part)}${afterFailure(part, deployment)}` }
    case 'undone':
      return undone(part)
    case 'refused':
    case 'stale':
      return { sign: 'failed', words: `${why(part)}nothing was touched` }
    case 'applied':
      return { sign: 'ok', words: `did ${plural(part.operations_count, 'operation')}` }
    case 'applying':
      return { sign: 'applying', words: 'is still at work' }
    default:
      return { sign: 'absent', words: 'was not begun; nothing was touched' }
  }
}

/** "failed: File exists; ", or nothing where it did not fail itself. */
function why(part: Part): string {
  if (!broke(part)) return ''
  const words = part.failure?.words || part.message
  const verb = part.state === 'refused' ? 'refused' : part.state === 'stale' ? 'stopped' : 'failed'
  return words === '' ? `${verb}; ` : `${verb}: ${words.replace(/[.\s]+$/, '')}; `
}

function afterFailure(part: Part, deployment: Deployment): string {
  if (deployment.kind === 'destroy') return 'what could be removed is gone'
  if (part.note !== '') return `it could not be put back: ${part.note}`
  if (part.phase === 'plan') return 'nothing was touched'
  return 'it was put back to what it was before'
}

function undone(part: Part): { sign: State; words: string } {
  if (part.failure !== null)
    return { sign: 'failed', words: `${why(part)}what it had done was undone` }
  if (part.done === 0) return { sign: 'absent', words: 'was not begun; nothing was touched' }
  return { sign: 'degraded', words: 'had worked, and was put back to what it was before' }
}
