/** Commands that arrange: layout, align, spread. Each is one step of undo. */

import type { LooksPatch } from '@/model/records.ts'
import { ref, splitRef } from '@/model/records.ts'
import { actions, announce, get, notify } from '@/store/index.ts'
import type { Rect } from './geometry/index.ts'
import { placing, snap } from './geometry/index.ts'
import { local } from './local.ts'

let busy = false

/** Lays out the whole lab, or the contents of the hosts that are selected. */
export async function arrangeAll(): Promise<boolean> {
  if (busy) return false
  busy = true
  try {
    const { base } = local()
    const { looks, revision } = get()
    const { layOut } = await import('./layout.ts')
    const patch = await layOut(base, looks)
    if (get().revision !== revision)
      for (const at of Object.keys(patch) as (keyof LooksPatch)[])
        if (!(splitRef(at)[1] in get().design.nodes)) delete patch[at]
    actions.move(patch, 'Automatic layout')
    announce('The lab was laid out.')
    return true
  } catch (error) {
    notify('error', 'The layout failed', error instanceof Error ? error.message : String(error))
    return false
  } finally {
    busy = false
  }
}

export type Alignment = 'left' | 'center' | 'top' | 'middle' | 'spread-x' | 'spread-y'

/** Aligns or spreads the selected nodes. */
export function align(how: Alignment): void {
  const { base } = local()
  const { selection, looks } = get()
  const at = placing(base.boxes)
  const chosen: (Rect & { id: string })[] = []
  for (const one of selection) {
    const [table, id] = splitRef(one)
    const box = table === 'nodes' ? base.boxes.get(id) : undefined
    if (box) chosen.push({ id, ...at(id), width: box.width, height: box.height })
  }
  if (chosen.length < 2) {
    notify('info', 'Select two or more nodes to align them')
    return
  }
  const places = aligned(chosen, how)
  const patch: LooksPatch = {}
  for (const [id, point] of places) {
    const host = base.boxes.get(id)?.host
    const corner = host === undefined ? { x: 0, y: 0 } : at(host)
    patch[ref('nodes', id)] = {
      ...looks[ref('nodes', id)],
      x: snap(point.x - corner.x),
      y: snap(point.y - corner.y),
    }
  }
  actions.move(patch, 'Align')
}

export function aligned(
  chosen: readonly (Rect & { id: string })[],
  how: Alignment,
): Map<string, { x: number; y: number }> {
  const left = Math.min(...chosen.map((one) => one.x))
  const top = Math.min(...chosen.map((one) => one.y))
  const right = Math.max(...chosen.map((one) => one.x + one.width))
  const bottom = Math.max(...chosen.map((one) => one.y + one.height))
  const places = new Map<string, { x: number; y: number }>()
  if (how === 'spread-x' || how === 'spread-y') {
    const level = how === 'spread-x'
    const row = [...chosen].sort((one, other) => (level ? one.x - other.x : one.y - other.y))
    const filled = row.reduce((sum, one) => sum + (level ? one.width : one.height), 0)
    const least = 2 * 16
    const room = (level ? right - left : bottom - top) - filled
    const gap = Math.max(least, room / (row.length - 1))
    let along = level ? left : top
    for (const one of row) {
      places.set(one.id, level ? { x: along, y: one.y } : { x: one.x, y: along })
      along += (level ? one.width : one.height) + gap
    }
    return places
  }
  for (const one of chosen)
    places.set(one.id, {
      x:
        how === 'left'
          ? left
          : how === 'center'
            ? (left + right - one.width) / 2
            : one.x,
      y: how === 'top' ? top : how === 'middle' ? (top + bottom - one.height) / 2 : one.y,
    })
  return places
}
