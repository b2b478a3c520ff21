/** Small marks on nodes: what was observed, what the rules say. */

import type { ReactElement } from 'react'
import type { Finding, Status } from '@/live/messages.ts'
import { Icon, STATE_WORDS, StateIcon } from '@/icons/index.tsx'

export function StateBadge({ status, size = 18 }: { status: Status; size?: number }): ReactElement {
  const words = `${STATE_WORDS[status.state]}${status.detail ? `: ${status.detail}` : ''}`
  return (
    <span
      className="tl-state-badge"
      data-state={status.state}
      title={words}
      style={{ width: size, height: size }}
    >
      <StateIcon state={status.state} size={Math.round(size * 0.66)} />
      <span className="tl-sr">{words}</span>
    </span>
  )
}

export function FindingBadge({
  findings,
  onClick,
}: {
  findings: readonly Finding[]
  onClick: () => void
}): ReactElement | null {
  if (!findings.length) return null
  const errors = findings.filter((one) => one.severity === 'error').length
  const severity = errors ? 'error' : 'warning'
  const words = findings.map((one) => one.message).join('\n')
  return (
    <button
      type="button"
      tabIndex={-1}
      className="tl-finding-badge nodrag nopan"
      data-severity={severity}
      title={words}
      onClick={onClick}
      aria-label={`${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}: ${words}`}
    >
      <Icon name={severity} size={12} strokeWidth={2.4} />
      {findings.length > 1 ? <span>{findings.length}</span> : null}
    </button>
  )
}
