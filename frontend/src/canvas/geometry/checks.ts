/**
 * Checks: from which box to which, and the arrow between. It goes over the boxes rather than
 * through ports, so that nobody takes it for a cable.
 */

import type { Design } from '@/model/records.ts'
import { hostId } from '@/model/records.ts'
import type { Box, CheckLine, Point, Rect, Scene } from './shapes.ts'
import { HEADER, placing } from './shapes.ts'

/** All checks whose two ends are drawn apart; hosts stand in for what they hide. */
export function checkLinesOf(
  design: Design,
  boxes: ReadonlyMap<string, Box>,
  before: Scene,
): CheckLine[] {
  const old = new Map(before.checks.map((line) => [line.id, line]))
  const between = new Map<string, number>()
  const lines: CheckLine[] = []
  const drawn = (node: string): string | undefined => {
    if (boxes.has(node)) return node
    const host = hostId(design.nodes[node])
    return host !== undefined && boxes.has(host) ? host : undefined
  }
  for (const [id, check] of Object.entries(design.checks)) {
    const [source, target] = [drawn(check.source), drawn(check.target)]
    if (source === undefined || target === undefined || source === target) continue
    const pair = source < target ? `${source} ${target}` : `${target} ${source}`
    const nth = between.get(pair) ?? 0
    between.set(pair, nth + 1)
    const was = old.get(id)
    const same = was?.source === source && was.target === target && was.nth === nth
    lines.push(same ? was : { id, source, target, nth })
  }
  return lines
}

export interface Arrow {
  from: Point
  to: Point
  c1: Point
  c2: Point
  path: string
  middle: Point
  /** Which way the tip points, degrees clockwise from the right. */
  angle: number
}

/** Between the tip and the box that it points at. */
const GAP = 4
/** Between two checks of the same two boxes. */
const APART = 22

/** The arrow of a check; undefined when an end is not drawn. */
export function arrowOf(scene: Scene, line: CheckLine): Arrow | undefined {
  const [from, to] = [seat(scene, line.source), seat(scene, line.target)]
  return from && to && between(from, to, line.nth)
}

/** The arrow while it is drawn: to where the pointer is. */
export function arrowTo(scene: Scene, source: string, point: Point): Arrow | undefined {
  const from = seat(scene, source)
  return from && between(from, { ...point, width: 0, height: 0 }, 0)
}

/** Where a check touches a box: an open host at its header, for its body is full of others. */
function seat(scene: Scene, id: string): Rect | undefined {
  const box = scene.boxes.get(id)
  if (!box) return undefined
  const open = box.kind === 'host' && !box.collapsed
  return { ...placing(scene.boxes)(id), width: box.width, height: open ? HEADER : box.height }
}

const centre = (rect: Rect): Point => ({
  x: rect.x + rect.width / 2,
  y: rect.y + rect.height / 2,
})

function between(from: Rect, to: Rect, nth: number): Arrow {
  const beside =
    Math.min(from.y + from.height, to.y + to.height) > Math.max(from.y, to.y) && to.width > 0
  return beside ? arch(from, to, nth) : bow(from, to, nth)
}

/** Over the row that both stand in. */
function arch(from: Rect, to: Rect, nth: number): Arrow {
  const [a, b] = [centre(from), centre(to)]
  const way = Math.sign(b.x - a.x) || 1
  const start = { x: a.x + way * (10 + nth * 12), y: from.y }
  const end = { x: b.x - way * (10 + nth * 12), y: to.y - GAP }
  const height = Math.min(96, 34 + Math.abs(end.x - start.x) * 0.1) + nth * APART
  return arrow(
    start,
    { x: start.x, y: start.y - height },
    { x: end.x, y: end.y - height },
    end,
  )
}

/** Bent to its right, so that the two ways between two boxes lie apart. */
function bow(from: Rect, to: Rect, nth: number): Arrow {
  const [a, b] = [centre(from), centre(to)]
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1
  const reach = Math.min(64, length * 0.14) + nth * APART
  const bend = {
    x: (a.x + b.x) / 2 - ((b.y - a.y) / length) * reach * 1.4,
    y: (a.y + b.y) / 2 + ((b.x - a.x) / length) * reach * 1.4,
  }
  const start = rim(from, bend, 0)
  const end = rim(to, bend, to.width ? GAP : 0)
  // The quadratic curve through `bend`, written as a cubic one.
  return arrow(
    start,
    { x: start.x + (bend.x - start.x) / 1.5, y: start.y + (bend.y - start.y) / 1.5 },
    { x: end.x + (bend.x - end.x) / 1.5, y: end.y + (bend.y - end.y) / 1.5 },
    end,
  )
}

/** The point of a box's rim in the direction of another point, so far outside of it. */
function rim(rect: Rect, towards: Point, gap: number): Point {
  const { x, y } = centre(rect)
  const [dx, dy] = [towards.x - x, towards.y - y]
  const most = Math.max(
    Math.abs(dx) / (rect.width / 2 + gap || 1),
    Math.abs(dy) / (rect.height / 2 + gap || 1),
  )
  return most === 0 ? { x, y } : { x: x + dx / Math.max(1, most), y: y + dy / Math.max(1, most) }
}

function arrow(from: Point, c1: Point, c2: Point, to: Point): Arrow {
  return {
    from,
    to,
    c1,
    c2,
    path: `M${from.x} ${from.y}C${c1.x} ${c1.y} ${c2.x} ${c2.y} ${to.x} ${to.y}`,
    middle: {
      x: (from.x + 3 * c1.x + 3 * c2.x + to.x) / 8,
      y: (from.y + 3 * c1.y + 3 * c2.y + to.y) / 8,
    },
    angle: (Math.atan2(to.y - c2.y, to.x - c2.x) * 180) / Math.PI,
  }
}
