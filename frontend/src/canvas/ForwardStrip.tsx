/** On a network or a router: which ports of the host, or of its own, lead where. */

import type { ReactElement } from 'react'
import { forwardSpoken, forwardWords } from '@/model/forwards.ts'
import type { NodeRecord } from '@/model/records.ts'
import { useDesign } from '@/store/index.ts'
import { forwardStripOf } from './forward-strip.ts'

export function ForwardStrip({ id, node }: { id: string; node: NodeRecord }): ReactElement | null {
  const design = useDesign()
  const { rows, more } = forwardStripOf(node)
  if (!rows.length) return null
  return (
    <ul className="tl-strip tl-forwards" data-testid={`forwards-${id}`}>
      {rows.map((forward, index) => (
        <li key={`${forward.protocol} ${forward.port}`} title={forwardSpoken(design, node, forward)}>
          <span className="tl-strip-words">
            <span aria-hidden="true">{forwardWords(design, forward)}</span>
            <span className="tl-sr">{forwardSpoken(design, node, forward)}</span>
          </span>
          {more > 0 && index === rows.length - 1 ? (
            <b>
              +{more}
              <span className="tl-sr"> more port forwards</span>
            </b>
          ) : null}
        </li>
      ))}
    </ul>
  )
}
