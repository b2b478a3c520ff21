/**
 * Undo and redo of one's own steps. A step is taken back by its swap, as far as it still stands:
 * a field that someone else changed since stays theirs, and a node that others have built on is
 * not pulled away from under them.
 */

import type { Look, LooksPatch } from '@/live/messages.ts'
import { indexOf } from '@/model/index-of.ts'
import type { Edit } from '@/model/edits.ts'
import { invert, isEmpty, rebase } from '@/model/edits.ts'
import type { Design, Ref } from '@/model/records.ts'
import { titleOf } from '@/model/records.ts'
import { announce, notify } from './notices.ts'
import type { LooksChange, Step } from './state.ts'
import { get, set } from './state.ts'
import { perform, sameLook } from './sync.ts'

export function undo(): void {
  const step = get().undo.at(-1)
  if (!step) return
  takeBack('undo', step)
}

export function redo(): void {
  const step = get().redo.at(-1)
  if (!step) return
  takeBack('redo', step)
}

function takeBack(way: 'undo' | 'redo', step: Step): void {
  const { design } = get()
  const edit = rebase(design, invert(step.edit), false)
  const blocked = blocker(design, edit)
  if (blocked !== undefined) {
    notify(
      'warning',
      `"${step.label}" cannot be taken back`,
      `${blocked} has been connected or placed there since. Delete it yourself if you mean it.`,
    )
    set((state) => ({ [way]: state[way].filter((one) => one !== step) }))
    return
  }
  const looks = lookBack(step.looks)
  const done = perform(step.label, edit, looks, false)
  const other = way === 'undo' ? 'redo' : 'undo'
  set((state) => ({
    [way]: state[way].filter((one) => one !== step),
    ...(done ? { [other]: [...state[other], done] } : {}),
  }))
  if (!done && (!isEmpty(step.edit) || Object.keys(step.looks).length))
    notify('info', 'Nothing left to take back', `"${step.label}" was changed by others since.`)
  announce(`${way === 'undo' ? 'Undone' : 'Redone'}: ${step.label}.`)
}

/** The looks before the change, where nobody has moved it since. */
function lookBack(changes: LooksChange): LooksPatch {
  const now = get().looks
  const patch: LooksPatch = {}
  for (const [at, change] of Object.entries(changes) as [Ref, [Look | null, Look | null]][])
    if (sameLook(now[at] ?? null, change[1])) patch[at] = change[0]
  return patch
}

/** Something that would hang in the air after the edit: it came from somebody else. */
function blocker(design: Design, edit: Edit): string | undefined {
  const { interfacesOf, linksAt, onHost, checksAt } = indexOf(design)
  const nodes = edit.nodes?.removed ?? {}
  const interfaces = edit.interfaces?.removed ?? {}
  const links = edit.links?.removed ?? {}
  const checks = edit.checks?.removed ?? {}
  for (const id of Object.keys(nodes)) {
    for (const child of onHost.get(id) ?? [])
      if (!(child in nodes)) return titleOf(child, design.nodes[child])
    for (const one of interfacesOf.get(id) ?? []) if (!(one in interfaces)) return one
    for (const check of checksAt.get(id) ?? [])
      if (!(check in checks)) return `The check ${check}`
  }
  for (const id of Object.keys(interfaces))
    for (const link of linksAt.get(id) ?? []) if (!(link in links)) return `The link ${link}`
  return undefined
}
