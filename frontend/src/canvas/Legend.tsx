/** What colours and signs mean. */

import type { ReactElement } from 'react'
import { STATE_HELP, STATE_WORDS, StateIcon } from '@/icons/index.tsx'
import type { State } from '@/live/messages.ts'
import { useStatusCounts } from '@/store/index.ts'

const ORDER: readonly State[] = [
  'ok',
  'pending',
  'applying',
  'drift',
  'degraded',
  'failed',
  'absent',
  'unknown',
]

export function Legend(): ReactElement {
  const counts = useStatusCounts()
  return (
    <div className="tl-bar tl-legend" role="region" aria-label="Legend" data-testid="legend">
      {ORDER.map((state) => (
        <div key={state} className="tl-legend-row" title={STATE_HELP[state]}>
          <span className="tl-state-badge tl-state-inline" data-state={state}>
            <StateIcon state={state} size={11} />
          </span>
          <span>{STATE_WORDS[state]}</span>
          <span className="tl-legend-count">{counts[state] ?? ''}</span>
        </div>
      ))}
    </div>
  )
}
