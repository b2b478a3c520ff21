/** Finding: what is at a point, what an area holds, and where there is room. */

import type { Kind, Look } from '@/model/records.ts'
import { arrowOf } from './checks.ts'
import type { Box, Point, Rect, Scene } from './shapes.ts'
import { GRID, HEADER, placing, snap } from './shapes.ts'
import { HOST_MIN, sizeOf } from './sizes.ts'

export function rectOf(scene: Scene, id: string): Rect | undefined {
  const box = scene.boxes.get(id)
  if (!box) return undefined
  return { ...placing(scene.boxes)(id), width: box.width, height: box.height }
}

/** What all these boxes fill. */
export function bounds(scene: Scene, ids: Iterable<string> = scene.boxes.keys()): Rect | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  const at = placing(scene.boxes)
  for (const id of ids) {
    const box = scene.boxes.get(id)
    if (!box) continue
    const { x, y } = at(id)
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x + box.width)
    bottom = Math.max(bottom, y + box.height)
  }
  return left === Infinity
    ? undefined
    : { x: left, y: top, width: right - left, height: bottom - top }
}

/** What everything fills, the arrows of checks that are shown too. */
export function extent(scene: Scene, withChecks: boolean): Rect | undefined {
  const all = bounds(scene)
  if (!all || !withChecks) return all
  let top = all.y
  for (const line of scene.checks) {
    const arrow = arrowOf(scene, line)
    if (arrow) top = Math.min(top, arrow.middle.y - 16)
  }
  return { ...all, y: top, height: all.height + all.y - top }
}

const inside = (point: Point, corner: Point, box: Box): boolean =>
  point.x >= corner.x &&
  point.y >= corner.y &&
  point.x <= corner.x + box.width &&
  point.y <= corner.y + box.height

/** The topmost host at a point; `but` is one that does not count. */
export function hostAt(scene: Scene, point: Point): string | undefined {
  let found: string | undefined
  for (const box of scene.boxes.values())
    if (box.kind === 'host' && inside(point, box, box)) found = box.id
  return found
}

/** What is drawn at a point: a node on a host before the host itself. */
export function nodeAt(scene: Scene, point: Point): string | undefined {
  const at = placing(scene.boxes)
  let found: string | undefined
  for (const box of scene.boxes.values()) {
    if (!inside(point, at(box.id), box)) continue
    if (box.kind !== 'host') return box.id
    found = box.id
  }
  return found
}

export function nodesIn(scene: Scene, area: Rect): string[] {
  const at = placing(scene.boxes)
  const found: string[] = []
  for (const box of scene.boxes.values()) {
    const { x, y } = at(box.id)
    if (
      x >= area.x &&
      y >= area.y &&
      x + box.width <= area.x + area.width &&
      y + box.height <= area.y + area.height
    )
      found.push(box.id)
  }
  return found
}

/** A free place for a box of a kind on a host, near the top, in reading order. */
export function freePlace(scene: Scene, host: string | undefined, kind: Kind): Look {
  const size = kind === 'host' ? HOST_MIN : sizeOf(kind, 0)
  const others = [...scene.boxes.values()].filter((box) => box.host === host)
  if (host === undefined) {
    const all = bounds(scene)
    if (!all) return { x: 0, y: 0 }
    return kind === 'host'
      ? { x: snap(all.x + all.width + 96), y: snap(all.y) }
      : { x: snap(all.x + all.width / 2 - size.width / 2), y: snap(all.y + all.height + 96) }
  }
  const width = scene.boxes.get(host)?.width ?? HOST_MIN.width
  const stepX = GRID
  for (let y = HEADER + GRID; ; y += GRID)
    for (let x = GRID; x + size.width + GRID <= Math.max(width, HOST_MIN.width); x += stepX) {
      const free = others.every(
        (box) =>
          x + size.width + GRID <= box.x ||
          box.x + box.width + GRID <= x ||
          y + size.height + GRID * 2 <= box.y ||
          box.y + box.height + GRID * 2 <= y,
      )
      if (free) return { x, y }
    }
}

/** A place that is inside the host's body. */
export const clamped = (point: Point): Point => ({
  x: Math.max(GRID, snap(point.x)),
  y: Math.max(HEADER + GRID, snap(point.y)),
})
