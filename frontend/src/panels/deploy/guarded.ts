/** Words for plans that change a NIC with the hypervisor's own addresses, or its default route. */

import type { Deployment, Part, Status } from '@/live/messages.ts'

/** Whether the hypervisor is reached by a NIC that the plan changes, or in another way then. */
export const isReached = (part: Part): boolean =>
  part.guarded !== null && part.guarded.management.length > 0 && part.operations_count > 0

export const mustAsk = (deployment: Deployment): boolean => deployment.parts.some(isReached)

const listed = (names: readonly string[]): string => names.join(' and ')

export function reachedBy(part: Part): string {
  return `${part.hypervisor.name} is reached by ${listed(part.guarded?.management ?? [])}.`
}

/** What becomes of its addresses and routes. */
export function sayMoves(part: Part): string {
  const guarded = part.guarded
  if (guarded === null) return ''
  if (guarded.moves?.length) return guarded.moves.join(' ')
  const holds = guarded.cards.length > 1 ? 'hold' : 'holds'
  return `${listed(guarded.cards)} ${holds} addresses and routes of ${part.hypervisor.name}.`
}

export function sayGuarded(part: Part): string {
  const name = part.hypervisor.name
  return (
    `${sayMoves(part)} Unless ${name} then reaches this server over a new connection within ` +
    `${part.guarded?.seconds ?? 0} s, all of it is put back by itself.`
  )
}

/** What the NICs that are ports now get back when the lab is destroyed, a sentence for each. */
export function sayGivenBack(statuses: Iterable<Status>): string[] {
  const said: string[] = []
  for (const { facts, hypervisor } of statuses) {
    const brought = facts['brought']
    if (!Array.isArray(brought)) continue
    const [nic, bridge] = [String(facts['device']), String(facts['bridge'])]
    const of = hypervisor === undefined || hypervisor === null ? '' : ` of ${hypervisor}`
    said.push(`${nic}${of} gets back from ${bridge}: ${brought.join(', ')}.`)
  }
  return said.sort()
}
