/**
 * Where the badges of checks stand: on their arrows, where they cover least of what people want to
 * read. All are placed together, for each is in the way of the others.
 */

import { once } from '@/model/once.ts'
import { arrowOf, pointOf, rectIn } from './checks.ts'
import type { Arrow } from './checks.ts'
import { endsOf } from './lines.ts'
import type { Ends } from './lines.ts'
import type { CheckLine, Point, Rect, Scene } from './shapes.ts'
import { placing } from './shapes.ts'

/** Of a badge with a few words, and the room that it wants around it. */
const BADGE = { width: 112, height: 24 }
/** Of the words at a cable: two short lines about its middle. */
const WORDS = { width: 112, height: 30 }
/** Of the sign of a state, around a box's upper right corner. */
const SIGN = { width: 26, height: 26 }
/** Where on an arrow a badge may be, the middle first. */
const SPOTS = [
  0.5, 0.46, 0.54, 0.42, 0.58, 0.38, 0.62, 0.34, 0.66, 0.3, 0.7, 0.26, 0.74, 0.22, 0.78, 0.18, 0.82,
]

/** How much it matters that a part of something is covered. */
interface Covered extends Rect {
  weight: number
}

/** The middle of each check's badge; none where an end of the check is not drawn. */
export const badgesOf: (scene: Scene) => ReadonlyMap<CheckLine, Point> = once(placed)

function placed(scene: Scene): Map<CheckLine, Point> {
  const spots = new Map<CheckLine, Point>()
  if (scene.checks.length === 0) return spots
  const below = new Ground()
  for (const one of readable(scene)) below.add(one)
  for (const line of scene.checks) {
    const arrow = arrowOf(scene, line)
    if (!arrow) continue
    const spot = clearest(arrow, below)
    spots.set(line, spot)
    below.add({ ...around(spot, BADGE), weight: 4 })
  }
  return spots
}

function clearest(arrow: Arrow, below: Ground): Point {
  let [best, least] = [arrow.middle, Number.POSITIVE_INFINITY]
  for (const share of SPOTS) {
    const at = pointOf(arrow, share)
    const covered = below.coveredBy(around(at, BADGE))
    if (covered < least) [best, least] = [at, covered]
    if (covered === 0) break
  }
  return best
}

/** What lies where, by squares: a badge is asked about at seventeen places, in each frame of a drag. */
class Ground {
  private static readonly SIDE = 128
  private readonly squares = new Map<number, Covered[]>()

  add(one: Covered): void {
    for (const square of Ground.squaresOf(one)) {
      const there = this.squares.get(square)
      if (there) there.push(one)
      else this.squares.set(square, [one])
    }
  }

  /** Area of all that a rectangle would cover, each by its weight. */
  coveredBy(rect: Rect): number {
    let sum = 0
    const seen = new Set<Covered>()
    for (const square of Ground.squaresOf(rect))
      for (const one of this.squares.get(square) ?? []) {
        if (seen.has(one)) continue
        seen.add(one)
        sum += one.weight * shared(rect, one)
      }
    return sum
  }

  private static squaresOf({ x, y, width, height }: Rect): number[] {
    const [left, top] = [Math.floor(x / Ground.SIDE), Math.floor(y / Ground.SIDE)]
    const right = Math.floor((x + width) / Ground.SIDE)
    const bottom = Math.floor((y + height) / Ground.SIDE)
    const found: number[] = []
    for (let column = left; column <= right; column++)
      for (let row = top; row <= bottom; row++) found.push(column * 2 ** 16 + row)
    return found
  }
}

/** Boxes and the headers of hosts, the signs at them, and the words at cables. */
function* readable(scene: Scene): Generator<Covered> {
  const at = placing(scene.boxes)
  for (const id of scene.boxes.keys()) {
    const box = rectIn(scene.boxes, at, id)
    if (!box) continue
    yield { ...box, weight: 1 }
    yield { ...around({ x: box.x + box.width, y: box.y }, SIGN), weight: 1 }
  }
  for (const line of scene.lines) {
    const ends = endsOf(scene, at, line)
    if (ends) yield { ...around(between(ends), WORDS), weight: 0.5 }
  }
}

/** About the middle of its curve; the curve itself is too dear for each frame of a drag. */
const between = ({ from, to }: Ends): Point => ({ x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 })

const around = ({ x, y }: Point, { width, height }: { width: number; height: number }): Rect => ({
  x: x - width / 2,
  y: y - height / 2,
  width,
  height,
})

const shared = (one: Rect, other: Rect): number =>
  Math.max(0, Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x)) *
  Math.max(0, Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y))
