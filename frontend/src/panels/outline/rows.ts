/** The design as a tree of rows: hosts with what stands on them, then segments. */

import { indexOf } from '@/model/index-of.ts'
import type { Design, Kind } from '@/model/records.ts'
import { hostId, natural, titleOf } from '@/model/records.ts'

export interface Row {
  id: string
  kind: Kind
  title: string
  level: 1 | 2
  /** How many stand on it; 0 of what is no host. */
  children: number
}

export interface Wanted {
  text: string
  kind: Kind | null
}

/** Rows in order. A closed host hides what is on it, unless something is searched for. */
export function rowsOf(design: Design, closed: ReadonlySet<string>, wanted: Wanted): Row[] {
  const { onHost } = indexOf(design)
  const searching = wanted.text.trim() !== '' || wanted.kind !== null
  const fits = (id: string): boolean => {
    const node = design.nodes[id]
    if (!node) return false
    if (wanted.kind !== null && node.kind !== wanted.kind) return false
    const words = `${id} ${titleOf(id, node)} ${node.kind}`.toLowerCase()
    return words.includes(wanted.text.trim().toLowerCase())
  }
  const row = (id: string, level: 1 | 2): Row => {
    const node = design.nodes[id]
    return {
      id,
      kind: node?.kind ?? 'host',
      title: titleOf(id, node),
      level,
      children: onHost.get(id)?.length ?? 0,
    }
  }
  const rows: Row[] = []
  const tops = Object.keys(design.nodes)
    .filter((id) => hostId(design.nodes[id]) === undefined)
    .sort(natural)
  for (const id of tops) {
    const below = [...(onHost.get(id) ?? [])].sort(natural).filter((one) => !searching || fits(one))
    if (searching && below.length === 0 && !fits(id)) continue
    rows.push(row(id, 1))
    if (searching || !closed.has(id)) rows.push(...below.map((one) => row(one, 2)))
  }
  return rows
}
