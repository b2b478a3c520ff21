/** What is being typed, until it is committed by Enter or by leaving the field; Escape reverts. */

import { useCallback, useEffect, useRef, useState } from 'react'
import type { KeyboardEvent } from 'react'

export interface Draft<T> {
  draft: T
  change: (draft: T) => void
  commit: () => void
  revert: () => void
  onKeyDown: (event: KeyboardEvent<HTMLElement>) => void
}

/**
 * `commit` is called with the draft only when it differs from the value and `valid` allows it. A
 * value that changes from elsewhere (undo, another person) replaces a draft nobody has touched.
 */
export function useDraft<T>(
  value: T,
  same: (one: T, other: T) => boolean,
  valid: (draft: T) => boolean,
  onCommit: (draft: T) => void,
): Draft<T> {
  const [draft, setDraft] = useState(value)
  const base = useRef(value)
  useEffect(() => {
    if (same(base.current, value)) return
    setDraft((now) => (same(now, base.current) ? value : now))
    base.current = value
  }, [value, same])

  const commit = useCallback(() => {
    if (same(draft, base.current) || !valid(draft)) return
    base.current = draft
    onCommit(draft)
  }, [draft, same, valid, onCommit])
  const revert = useCallback(() => setDraft(base.current), [])
  const onKeyDown = useCallback(
    (event: KeyboardEvent<HTMLElement>) => {
      if (event.key === 'Enter') commit()
      if (event.key === 'Escape') {
        event.stopPropagation()
        revert()
      }
    },
    [commit, revert],
  )
  return { draft, change: setDraft, commit, revert, onKeyDown }
}
