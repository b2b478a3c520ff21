/** Rows of a field that is a list of small records, while they are typed. */

import { useEffect, useRef, useState } from 'react'
import type { KeyboardEvent, RefObject } from 'react'
import type { Json } from '@/model/records.ts'
import { same } from '@/model/records.ts'

interface Row<R> {
  draft: R
  /** As it is kept; undefined of one that never was complete. */
  was: R | undefined
}

export interface Rows<R> {
  drafts: readonly R[]
  change: (index: number, part: Partial<R>) => void
  /** Changes and keeps it at once, as a choice from a list does. */
  choose: (index: number, part: Partial<R>) => void
  commit: () => void
  add: (draft: R) => void
  remove: (index: number) => void
  /** Enter keeps what was typed, Escape takes it back. */
  onKeyDown: (event: KeyboardEvent<HTMLElement>) => void
  /** Of what is around the rows: a new one takes the focus, one that is removed hands it on. */
  around: RefObject<HTMLDivElement | null>
}

const alike = (one: readonly object[], other: readonly object[]): boolean =>
  same(one as unknown as Json, other as unknown as Json)
const rowsOf = <R>(kept: readonly R[]): Row<R>[] => kept.map((one) => ({ draft: one, was: one }))
const without = <T>(list: readonly T[], index: number): T[] => list.filter((_, at) => at !== index)

/**
 * `isRight` says whether a row can be kept beside the others; until it can, it is kept as it was.
 * Values that change from elsewhere (undo, another person) replace what is typed.
 */
export function useRows<R extends object>(
  kept: readonly R[],
  isRight: (draft: R, others: readonly R[]) => boolean,
  onCommit: (wanted: R[]) => void,
): Rows<R> {
  const [rows, setRows] = useState(() => rowsOf(kept))
  const [base, setBase] = useState(kept)
  if (!alike(base, kept)) {
    setBase(kept)
    setRows(rowsOf(kept))
  }
  const { around, focusNext } = useFocus()

  const keep = (now: readonly Row<R>[]): void => {
    const drafts = now.map((row) => row.draft)
    const next = now.map((row, index) =>
      isRight(row.draft, without(drafts, index)) ? { ...row, was: row.draft } : row,
    )
    setRows(next)
    const wanted = next.flatMap(({ was }) => (was === undefined ? [] : [was]))
    if (alike(wanted, base)) return
    setBase(wanted)
    onCommit(wanted)
  }
  const changed = (index: number, part: Partial<R>): Row<R>[] =>
    rows.map((row, at) => (at === index ? { ...row, draft: { ...row.draft, ...part } } : row))

  return {
    drafts: rows.map((row) => row.draft),
    change: (index, part) => setRows(changed(index, part)),
    choose: (index, part) => keep(changed(index, part)),
    commit: () => keep(rows),
    add: (draft) => {
      keep([...rows, { draft, was: undefined }])
      focusNext({ row: rows.length, what: 'input' })
    },
    remove: (index) => {
      keep(without(rows, index))
      focusNext({ row: Math.min(index, rows.length - 2), what: '[data-remove]' })
    },
    onKeyDown: (event) => {
      if (event.key === 'Enter') keep(rows)
      if (event.key === 'Escape') {
        event.stopPropagation()
        setRows(rowsOf(base))
      }
    },
    around,
  }
}

/** Where the focus goes once the rows are drawn anew: in a row, or else to what adds one. */
function useFocus(): {
  around: RefObject<HTMLDivElement | null>
  focusNext: (place: { row: number; what: string }) => void
} {
  const around = useRef<HTMLDivElement>(null)
  const next = useRef<{ row: number; what: string }>(undefined)
  useEffect(() => {
    const box = around.current
    if (next.current === undefined || box === null) return
    const { row, what } = next.current
    next.current = undefined
    const found = box.querySelectorAll('[data-row]')[row]?.querySelector<HTMLElement>(what)
    const place = found ?? box.querySelector<HTMLElement>('[data-add]')
    place?.focus()
    if (place instanceof HTMLInputElement) place.select()
  })
  return { around, focusNext: (place) => void (next.current = place) }
}
