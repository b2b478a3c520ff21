/**
 * Checks: from which box to which, and the arrow between. It goes over the boxes rather than
 * through ports, so that nobody takes it for a cable.
 */

import type { Design } from '@/model/records.ts'
import { hostId } from '@/model/records.ts'
import type { At, Box, CheckLine, Point, Rect, Scene } from './shapes.ts'
import { GRID, HEADER, placing } from './shapes.ts'

/** All checks whose two ends are drawn apart; hosts stand in for what they hide. */
export function checkLinesOf(
  design: Design,
  boxes: ReadonlyMap<string, Box>,
  before: Scene,
): CheckLine[] {
  const drawn = (node: string): string | undefined => {
    if (boxes.has(node)) return node
    const host = hostId(design.nodes[node])
    return host !== undefined && boxes.has(host) ? host : undefined
  }
  const ends: Omit<CheckLine, 'lane'>[] = []
  for (const [id, check] of Object.entries(design.checks)) {
    const [source, target] = [drawn(check.source), drawn(check.target)]
    if (source !== undefined && target !== undefined && source !== target)
      ends.push({ id, source, target })
  }
  const lanes = lanesOf(ends, boxes)
  const old = new Map(before.checks.map((line) => [line.id, line]))
  return ends.map(({ id, source, target }) => {
    const was = old.get(id)
    const lane = lanes.get(id) ?? 0
    const same = was?.source === source && was.target === target && was.lane === lane
    return same ? was : { id, source, target, lane }
  })
}

/** So many are told apart by lanes; more would be a thicket with them too. */
const MOST_LANES = 400

/** Short ones below, longer ones over them: a lane for each that would lie on another. */
function lanesOf(
  ends: readonly Omit<CheckLine, 'lane'>[],
  boxes: ReadonlyMap<string, Box>,
): Map<string, number> {
  const at = placing(boxes)
  const spans = ends.slice(0, MOST_LANES).flatMap(({ id, source, target }) => {
    const [a, b] = [rectIn(boxes, at, source), rectIn(boxes, at, target)]
    if (!a || !b) return []
    const [left, right] = [centre(a).x, centre(b).x].sort((one, other) => one - other)
    const over = areBeside(a, b)
    const pair = [source, target].sort().join(' ')
    return [{ id, pair, over, left: left ?? 0, right: right ?? 0, y: Math.min(a.y, b.y) }]
  })
  spans.sort((one, other) => one.right - one.left - (other.right - other.left))
  const lanes = new Map<string, number>()
  const placed: typeof spans = []
  for (const span of spans) {
    const taken = new Set(
      placed
        .filter((other) => (span.over ? crowds(span, other) : span.pair === other.pair))
        .map((other) => lanes.get(other.id)),
    )
    let lane = 0
    while (taken.has(lane)) lane++
    lanes.set(span.id, lane)
    placed.push(span)
  }
  return lanes
}

interface Span {
  over: boolean
  left: number
  right: number
  y: number
}

const crowds = (one: Span, other: Span): boolean =>
  other.over &&
  Math.abs(one.y - other.y) < 2 * HEADER &&
  one.left < other.right + 8 &&
  other.left < one.right + 8

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
/** Between two lanes. */
const APART = 24
/** Between the row and the lowest arrow over it. */
const OVER = 26

/** The arrow of a check; undefined when an end is not drawn. */
export function arrowOf(scene: Scene, line: CheckLine): Arrow | undefined {
  const at = placing(scene.boxes)
  const [from, to] = [rectIn(scene.boxes, at, line.source), rectIn(scene.boxes, at, line.target)]
  if (!from || !to) return undefined
  if (!areBeside(from, to)) return bow(from, to, line.lane)
  const clear = Math.max(...[line.source, line.target].map((id) => belowHeader(scene.boxes, id)))
  return arch(from, to, clear, line.lane)
}

/** Points of an arrow, from its tail to its tip. */
export function along(arrow: Arrow): Point[] {
  const steps = 8
  return Array.from({ length: steps + 1 }, (_, index) => pointOf(arrow, index / steps))
}

/** The point at a share of the way, 0 to 1, from its tail to its tip. */
export function pointOf({ from, c1, c2, to }: Arrow, t: number): Point {
  const u = 1 - t
  const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t]
  return {
    x: a * from.x + b * c1.x + c * c2.x + d * to.x,
    y: a * from.y + b * c1.y + c * c2.y + d * to.y,
  }
}

/** What a stroke, a tip or a badge is larger than its line. */
const ROUND = 120

/** Whether a line of points, or a single one, comes into an area. Rather too often than too rarely. */
export function sees(area: Rect, points: readonly Point[]): boolean {
  const [left, top] = [area.x - ROUND, area.y - ROUND]
  const [right, bottom] = [area.x + area.width + ROUND, area.y + area.height + ROUND]
  return points.some((to, index) => {
    const from = points[index - 1] ?? to
    return (
      Math.max(from.x, to.x) >= left &&
      Math.min(from.x, to.x) <= right &&
      Math.max(from.y, to.y) >= top &&
      Math.min(from.y, to.y) <= bottom
    )
  })
}

/** The arrow while it is drawn: to where the pointer is. */
export function arrowTo(scene: Scene, source: string, point: Point): Arrow | undefined {
  const from = rectIn(scene.boxes, placing(scene.boxes), source)
  return from && bow(from, { ...point, width: 0, height: 0 }, 0)
}

/** Where a check touches a box: an open host at its header, for its body is full of others. */
export function rectIn(boxes: ReadonlyMap<string, Box>, at: At, id: string): Rect | undefined {
  const box = boxes.get(id)
  if (!box) return undefined
  const open = box.kind === 'host' && !box.collapsed
  return { ...at(id), width: box.width, height: open ? HEADER : box.height }
}

/** How far a box of a host's first row stands below the host's rim: an arrow goes over the header,
 * which people want to read. */
function belowHeader(boxes: ReadonlyMap<string, Box>, id: string): number {
  const box = boxes.get(id)
  return box?.host !== undefined && box.y <= HEADER + 2 * GRID ? box.y - 10 : 0
}

/** Whether two boxes stand in one row. */
const areBeside = (one: Rect, other: Rect): boolean =>
  Math.min(one.y + one.height, other.y + other.height) > Math.max(one.y, other.y)

const centre = (rect: Rect): Point => ({
  x: rect.x + rect.width / 2,
  y: rect.y + rect.height / 2,
})

/** Over the row that both stand in. */
function arch(from: Rect, to: Rect, clear: number, lane: number): Arrow {
  const [a, b] = [centre(from), centre(to)]
  const way = Math.sign(b.x - a.x) || 1
  const aside = Math.min(8 + lane * 11, from.width / 2 - 12, to.width / 2 - 12)
  const start = { x: a.x + way * aside, y: from.y }
  const end = { x: b.x - way * aside, y: to.y - GAP }
  // A cubic curve comes three quarters of the way to its handles.
  const height = (OVER + clear + lane * APART) / 0.75
  const top = Math.min(start.y, end.y) - height
  return arrow(start, { x: start.x, y: top }, { x: end.x, y: top }, end)
}

/** Bent to its right, so that the two ways between two boxes lie apart. */
function bow(from: Rect, to: Rect, lane: number): Arrow {
  const [a, b] = [centre(from), centre(to)]
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1
  const reach = Math.min(64, length * 0.14) + lane * APART
  const bend = {
    x: (a.x + b.x) / 2 - ((b.y - a.y) / length) * reach * 1.4,
    y: (a.y + b.y) / 2 + ((b.x - a.x) / length) * reach * 1.4,
  }
  const start = rim(from, bend, 0)
  const end = to.width ? rim(to, bend, GAP) : b
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
    1,
    Math.abs(dx) / (rect.width / 2 + gap),
    Math.abs(dy) / (rect.height / 2 + gap),
  )
  return { x: x + dx / most, y: y + dy / most }
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
