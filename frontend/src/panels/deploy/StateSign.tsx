/** The sign of a state: a shape each, drawn in the colour of the text. */

import type { ReactElement } from 'react'
import { STATE_PATHS } from '@/icons/index.tsx'
import type { State } from '@/live/messages.ts'

export function StateSign({ state, size = 16 }: { state: State; size?: number }): ReactElement {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor"
      strokeWidth={2.4} strokeLinecap="round" strokeLinejoin="round" aria-hidden>
      <path d={STATE_PATHS[state]} />
    </svg>
  )
}
