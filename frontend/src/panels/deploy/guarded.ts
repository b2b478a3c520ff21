/** Words for plans that change a NIC with the hypervisor's own addresses. */

import type { Deployment, Part } from '@/live/messages.ts'

/** Whether the hypervisor is reached by a NIC that the plan changes. */
export const isReached = (part: Part): boolean =>
  part.guarded !== null && part.guarded.management.length > 0 && part.operations_count > 0

export const mustAsk = (deployment: Deployment): boolean => deployment.parts.some(isReached)

const listed = (names: readonly string[]): string => names.join(' and ')

export function reachedBy(part: Part): string {
  return `${part.hypervisor.name} is reached by ${listed(part.guarded?.management ?? [])}.`
}

export function sayGuarded(part: Part): string {
  const guarded = part.guarded
  if (guarded === null) return ''
  const name = part.hypervisor.name
  const cards = listed(guarded.cards)
  return (
    `${cards} ${guarded.cards.length > 1 ? 'hold' : 'holds'} addresses and routes of ${name}; the ` +
    `operations say where they move. Unless ${name} then reaches this server over a new connection ` +
    `within ${guarded.seconds} s, all of it is put back by itself.`
  )
}
