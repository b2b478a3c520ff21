/** On a machine: the ports, of its host or of a router, that lead to it. */

import type { ReactElement } from 'react'
import { forwardSpoken, forwardsTo, portWords } from '@/model/forwards.ts'
import { get, useStore } from '@/store/index.ts'

export function Forwarded({ id }: { id: string }): ReactElement | null {
  const forwards = useStore((state) => forwardsTo(state.design, id))
  const [first] = forwards
  if (first === undefined) return null
  const words = forwards
    .map(({ from, forward }) => forwardSpoken(get().design, from, forward))
    .join(', ')
  return (
    <span className="tl-forwarded" title={words} data-testid={`forwarded-${id}`}>
      <span aria-hidden="true">
        {portWords(first.forward)}
        {forwards.length > 1 ? ` +${forwards.length - 1}` : ''}
      </span>
      <span className="tl-sr">{words}</span>
    </span>
  )
}
