/** The design as a tree of rows: hosts with what stands on them, then segments, then the checks. */

import { indexOf } from '@/model/index-of.ts'
import type { CheckRecord, Design, Kind, Ref } from '@/model/records.ts'
import { hostId, natural, ref, titleOf } from '@/model/records.ts'
import { noteOf } from './notes.ts'

export interface Row {
  id: string
  /** What it leads to; the heading of the checks leads nowhere. */
  at: Ref | null
  kind: Kind | 'check'
  title: string
  /** Its VLANs and port forwards, in a few words. */
  note: string
  level: 1 | 2
  /** How many stand on it, or below it; 0 of what can hold none. */
  children: number
}

export interface Wanted {
  text: string
  kind: Row['kind'] | null
}

/** The row above the checks. No node's id has a slash in it. */
export const CHECKS = 'checks/'

/** Rows in order. A closed host hides what is on it, unless something is searched for. */
export function rowsOf(design: Design, closed: ReadonlySet<string>, wanted: Wanted): Row[] {
  const { onHost } = indexOf(design)
  const text = wanted.text.trim().toLowerCase()
  const searching = text !== '' || wanted.kind !== null
  const fits = (row: Row): boolean =>
    (wanted.kind === null || row.kind === wanted.kind) &&
    (text === '' || `${row.id} ${row.title} ${row.kind} ${row.note}`.toLowerCase().includes(text))
  const row = (id: string, level: 1 | 2): Row => {
    const node = design.nodes[id]
    return {
      id,
      at: ref('nodes', id),
      kind: node?.kind ?? 'host',
      title: titleOf(id, node),
      note: noteOf(design, id),
      level,
      children: onHost.get(id)?.length ?? 0,
    }
  }
  const rows: Row[] = []
  const under = (top: Row, all: readonly Row[]): void => {
    const below = all.filter((one) => !searching || fits(one))
    if (searching && below.length === 0 && !fits(top)) return
    rows.push(top)
    if (searching || !closed.has(top.id)) rows.push(...below)
  }
  const tops = Object.keys(design.nodes)
    .filter((id) => hostId(design.nodes[id]) === undefined)
    .sort(natural)
  for (const id of tops)
    under(
      row(id, 1),
      [...(onHost.get(id) ?? [])].sort(natural).map((one) => row(one, 2)),
    )
  const checks = checkRows(design)
  const [head] = checks
  if (head) under(head, checks.slice(1))
  return rows
}

/** A heading and a row for each check; nothing where none is drawn. */
function checkRows(design: Design): Row[] {
  const checks = Object.entries(design.checks)
  if (checks.length === 0) return []
  const rows = checks.map(([id, check]): Row => {
    return {
      id: `${CHECKS}${id}`,
      at: ref('checks', id),
      kind: 'check',
      title: arrow(design, check),
      note: check.label,
      level: 2,
      children: 0,
    }
  })
  rows.sort((one, other) => natural(one.title, other.title))
  const head: Row = { id: CHECKS, at: null, kind: 'check', title: 'Checks', note: '', level: 1, children: rows.length }
  return [head, ...rows]
}

/** Short, for a narrow column: "web → db", "web ↛ db". */
function arrow(design: Design, { source, target, expect }: CheckRecord): string {
  const [from, to] = [source, target].map((id) => titleOf(id, design.nodes[id]))
  return `${from ?? ''} ${expect === 'reach' ? '→' : '↛'} ${to ?? ''}`
}
