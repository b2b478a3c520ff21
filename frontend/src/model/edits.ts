/**
 * Edits: differences of records, applied field by field, undone by a swap. The same shape and the
 * same meaning as designer/topology/edits.py; golden cases read by pytest and vitest hold them
 * together. What the browser does not do is check values: the server does, and refuses.
 */

import type { Design, Fields, Json, RecordOf, Ref, Table } from './records.ts'
import { TABLES, hostId, nodeOf, ref, same } from './records.ts'

export type Change = [from: Json, to: Json]
export interface Part {
  added?: Record<string, Fields>
  changed?: Record<string, Record<string, Change>>
  removed?: Record<string, Fields>
}
export type Edit = Partial<Record<Table, Part>>

/** One place where an edit starts from something that no longer stands there. */
export interface Conflict {
  pointer: string
  message: string
}

export const pointer = (...parts: string[]): string =>
  parts.map((part) => '/' + part.replaceAll('~', '~0').replaceAll('/', '~1')).join('')

export const partsOf = (edit: Edit): [Table, Part][] =>
  TABLES.flatMap((table) => (edit[table] ? [[table, edit[table]] as [Table, Part]] : []))

export function isEmpty(edit: Edit): boolean {
  return partsOf(edit).every(([, part]) =>
    [part.added, part.changed, part.removed].every((some) => !some || !Object.keys(some).length),
  )
}

/** Where the edit does not start from what stands there. Empty: it can be applied as it is. */
export function conflicts(design: Design, edit: Edit): Conflict[] {
  const found: Conflict[] = []
  for (const [table, part] of partsOf(edit)) {
    const records = design[table] as Record<string, Fields>
    const removed = part.removed ?? {}
    for (const [id, was] of Object.entries(removed)) {
      const record = records[id]
      if (!record) {
        found.push({ pointer: pointer(table, id), message: 'It is already gone.' })
        continue
      }
      for (const [field, value] of Object.entries(was))
        if (!same(record[field], value))
          found.push({
            pointer: pointer(table, id, field),
            message: `It is ${JSON.stringify(record[field] ?? null)} by now.`,
          })
    }
    for (const [id, changes] of Object.entries(part.changed ?? {})) {
      const record = id in removed ? undefined : records[id]
      if (!record) {
        found.push({ pointer: pointer(table, id), message: 'It was removed meanwhile.' })
        continue
      }
      for (const [field, [from, to]] of Object.entries(changes)) {
        const now = record[field]
        if (field === 'kind' || (field in record && !same(now, from) && !same(now, to)))
          found.push({
            pointer: pointer(table, id, field),
            message: `It is ${JSON.stringify(now ?? null)} by now.`,
          })
      }
    }
    for (const id of Object.keys(part.added ?? {}))
      if (id in records && !(id in removed))
        found.push({
          pointer: pointer(table, id),
          message: 'Something of that id stands there.',
        })
  }
  return found
}

/**
 * The design after the edit. Untouched records and tables stay the same objects, so that what
 * hangs on them is not drawn again. Whether it may be applied is asked of `conflicts`; here what
 * cannot be done is left out.
 */
export function apply(design: Design, edit: Edit): Design {
  let result: Design = design
  for (const [table, part] of partsOf(edit)) {
    const records: Record<string, Fields> = { ...design[table] }
    for (const id of Object.keys(part.removed ?? {})) delete records[id]
    for (const [id, changes] of Object.entries(part.changed ?? {})) {
      const record = records[id]
      if (!record) continue
      const values = { ...record }
      for (const [field, [, to]] of Object.entries(changes)) values[field] = to
      records[id] = values
    }
    for (const [id, values] of Object.entries(part.added ?? {})) records[id] = values
    result = { ...result, [table]: records }
  }
  return result
}

/** The edit that takes this one back. */
export function invert(edit: Edit): Edit {
  const inverse: Edit = {}
  for (const [table, part] of partsOf(edit)) {
    const changed: Record<string, Record<string, Change>> = {}
    for (const [id, changes] of Object.entries(part.changed ?? {})) {
      const swapped: Record<string, Change> = {}
      for (const [field, [from, to]] of Object.entries(changes)) swapped[field] = [to, from]
      changed[id] = swapped
    }
    inverse[table] = {
      added: { ...part.removed },
      changed,
      removed: { ...part.added },
    }
  }
  return inverse
}

/** The edit that leads from one design to another. */
export function between(old: Design, now: Design): Edit {
  const edit: Edit = {}
  for (const table of TABLES) {
    const before = old[table] as Record<string, Fields>
    const after = now[table] as Record<string, Fields>
    if (before === after) continue
    const part: Required<Part> = { added: {}, changed: {}, removed: {} }
    for (const [id, record] of Object.entries(after)) {
      const was = before[id]
      if (!was || was['kind'] !== record['kind']) part.added[id] = record
      else if (was !== record) {
        const changes: Record<string, Change> = {}
        for (const field of Object.keys(record))
          if (!same(was[field], record[field]))
            changes[field] = [was[field] ?? null, record[field] ?? null]
        if (Object.keys(changes).length) part.changed[id] = changes
      }
    }
    for (const [id, record] of Object.entries(before)) {
      const is = after[id]
      if (!is || is['kind'] !== record['kind']) part.removed[id] = record
    }
    if (Object.values(part).some((some) => Object.keys(some).length)) edit[table] = part
  }
  return edit
}

/** Both edits as one, the second standing on what the first left. */
export function merge(first: Edit, second: Edit): Edit {
  const merged: Edit = {}
  for (const table of TABLES) {
    const [one, two] = [first[table], second[table]]
    if (!one || !two) {
      const only = one ?? two
      if (only) merged[table] = only
      continue
    }
    const added = { ...one.added }
    const changed: Record<string, Record<string, Change>> = {}
    for (const [id, changes] of Object.entries(one.changed ?? {})) changed[id] = { ...changes }
    const removed = { ...one.removed }
    for (const [id, values] of Object.entries(two.removed ?? {})) {
      if (id in added) delete added[id]
      else {
        const original = { ...values }
        for (const [field, [from]] of Object.entries(changed[id] ?? {})) original[field] = from
        removed[id] = original
        delete changed[id]
      }
    }
    for (const [id, changes] of Object.entries(two.changed ?? {})) {
      const fresh = added[id]
      if (fresh) {
        const values = { ...fresh }
        for (const [field, [, to]] of Object.entries(changes)) values[field] = to
        added[id] = values
        continue
      }
      const sofar = { ...changed[id] }
      for (const [field, [from, to]] of Object.entries(changes)) {
        const start = sofar[field]?.[0] ?? from
        if (same(start, to)) delete sofar[field]
        else sofar[field] = [start, to]
      }
      if (Object.keys(sofar).length) changed[id] = sofar
      else delete changed[id]
    }
    for (const [id, values] of Object.entries(two.added ?? {})) {
      const was = removed[id]
      if (was && was['kind'] === values['kind']) {
        delete removed[id]
        const changes: Record<string, Change> = {}
        for (const field of Object.keys(values))
          if (!same(was[field], values[field]))
            changes[field] = [was[field] ?? null, values[field] ?? null]
        if (Object.keys(changes).length) changed[id] = changes
      } else added[id] = values
    }
    merged[table] = { added, changed, removed }
  }
  return merged
}

/** Whether everything that the edit asks for already stands in the design. */
export function isApplied(design: Design, edit: Edit): boolean {
  return partsOf(edit).every(([table, part]) => {
    const records = design[table] as Record<string, Fields>
    return (
      Object.keys(part.removed ?? {}).every((id) => !(id in records) || id in (part.added ?? {})) &&
      Object.keys(part.added ?? {}).every((id) => id in records) &&
      Object.entries(part.changed ?? {}).every(([id, changes]) =>
        Object.entries(changes).every(([field, [, to]]) => same(records[id]?.[field], to)),
      )
    )
  })
}

/**
 * What of an edit can still be done, starting from what stands now. `mine` says what to do with a
 * field that someone else changed: false keeps theirs (an undo takes back one's own edits only),
 * true starts from theirs and sets ours (the way on after "stale").
 */
export function rebase(design: Design, edit: Edit, mine: boolean): Edit {
  const result: Edit = {}
  for (const [table, part] of partsOf(edit)) {
    const records = design[table] as Record<string, Fields>
    const removed: Record<string, Fields> = {}
    for (const id of Object.keys(part.removed ?? {})) {
      const now = records[id]
      if (now) removed[id] = now
    }
    const changed: Record<string, Record<string, Change>> = {}
    for (const [id, changes] of Object.entries(part.changed ?? {})) {
      const now = records[id]
      if (!now) continue
      const kept: Record<string, Change> = {}
      for (const [field, [from, to]] of Object.entries(changes)) {
        const value = now[field] ?? null
        if (same(value, to) || (!mine && !same(value, from))) continue
        kept[field] = [value, to]
      }
      if (Object.keys(kept).length) changed[id] = kept
    }
    const added: Record<string, Fields> = {}
    for (const [id, values] of Object.entries(part.added ?? {}))
      if (!(id in records) || id in removed) added[id] = values
    if ([removed, changed, added].some((some) => Object.keys(some).length))
      result[table] = { added, changed, removed }
  }
  return withoutDangling(design, result)
}

/** Leaves out added records whose host, node or interface is not there any more. */
function withoutDangling(design: Design, edit: Edit): Edit {
  const stands = (table: Table, id: string): boolean =>
    id in (edit[table]?.added ?? {}) ||
    (id in design[table] && !(id in (edit[table]?.removed ?? {})))
  const keep = (table: Table, fits: (id: string, values: Fields) => boolean): void => {
    const part = edit[table]
    if (!part?.added) return
    part.added = Object.fromEntries(Object.entries(part.added).filter(([id, one]) => fits(id, one)))
  }
  keep('nodes', (_, values) => {
    const host = hostId(values as RecordOf['nodes'])
    return host === undefined || stands('nodes', host)
  })
  keep('interfaces', (id) => stands('nodes', nodeOf(id)))
  keep('links', (_, values) =>
    [values['a'], values['b']].every(
      (end) => typeof end === 'string' && stands('interfaces', end),
    ),
  )
  keep('checks', (_, values) =>
    [values['source'], values['target']].every(
      (end) => typeof end === 'string' && stands('nodes', end),
    ),
  )
  return edit
}

/** Every record that an edit touches. */
export function touched(edit: Edit): Ref[] {
  return partsOf(edit).flatMap(([table, part]) =>
    [part.added, part.changed, part.removed].flatMap((some) =>
      Object.keys(some ?? {}).map((id) => ref(table, id)),
    ),
  )
}
