/** A port forward while it is typed, and what stands in its way. */

import type { Finding } from '@/live/messages.ts'
import type { Forward } from '@/model/forwards.ts'
import { MOST_PORT } from '@/model/forwards.ts'

/** Ports are null while they are empty. An empty one at the card is the same as the host's. */
export interface Draft {
  protocol: Forward['protocol']
  port: number | null
  to: string
  to_port: number | null
}

export const complete = (draft: Draft): Forward => {
  const port = draft.port ?? 0
  return { ...draft, port, to_port: draft.to_port ?? port }
}

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= MOST_PORT
const RANGE = `From 1 to ${MOST_PORT}.`

/** Why the host's port cannot be forwarded beside the others. */
export function portProblem({ protocol, port }: Draft, others: readonly Draft[]): string | undefined {
  if (port === null || !isPort(port)) return RANGE
  return others.some((one) => one.protocol === protocol && one.port === port)
    ? `${protocol.toUpperCase()} port ${port} is forwarded twice.`
    : undefined
}

export const toPortProblem = ({ to_port }: Draft): string | undefined =>
  to_port === null || isPort(to_port) ? undefined : RANGE

export const isRight = (draft: Draft, others: readonly Draft[]): boolean =>
  portProblem(draft, others) === undefined && toPortProblem(draft) === undefined

/** Whether what the rules say at the field is about this row: it names the host's port. */
export function isAbout({ message }: Finding, { protocol, port }: Draft): boolean {
  const named = new RegExp(`(?<![\\d.:/])${port ?? ''}(?![.:/]?\\d)`)
  const other = protocol === 'tcp' ? /\budp\b/i : /\btcp\b/i
  return port !== null && named.test(message) && !other.test(message)
}
