/** Cables: from which port to which, and the curve that they take. */

import type { Design } from '@/model/records.ts'
import { hostId, nodeOf } from '@/model/records.ts'
import type { At, Box, Line, Point, Port, Scene, Side } from './shapes.ts'

/** All cables whose two ends are drawn apart, and those at each node. */
export function linesOf(
  design: Design,
  boxes: ReadonlyMap<string, Box>,
  before: Scene,
): { lines: Line[]; linesAt: Map<string, Line[]> } {
  const old = new Map(before.lines.map((line) => [line.id, line]))
  const lines: Line[] = []
  const linesAt = new Map<string, Line[]>()
  for (const [id, link] of Object.entries(design.links)) {
    const [a, b] = [drawnEnd(design, boxes, id, link.a), drawnEnd(design, boxes, id, link.b)]
    if (!a || !b || a.node === b.node) continue
    let line: Line = {
      id,
      source: a.node,
      sourceHandle: a.handle,
      target: b.node,
      targetHandle: b.handle,
    }
    const was = old.get(id)
    if (was && sameLine(was, line)) line = was
    lines.push(line)
    for (const node of [line.source, line.target]) {
      const list = linesAt.get(node)
      if (list) list.push(line)
      else linesAt.set(node, [line])
    }
  }
  return { lines, linesAt }
}

function drawnEnd(
  design: Design,
  boxes: ReadonlyMap<string, Box>,
  link: string,
  interfaceId: string,
): { node: string; handle: string } | undefined {
  const node = nodeOf(interfaceId)
  if (boxes.get(node)?.collapsed === false) return { node, handle: interfaceId }
  const host = boxes.has(node) ? node : hostId(design.nodes[node])
  return host !== undefined && boxes.has(host) ? { node: host, handle: `link:${link}` } : undefined
}

const sameLine = (one: Line, other: Line): boolean =>
  one.source === other.source &&
  one.target === other.target &&
  one.sourceHandle === other.sourceHandle &&
  one.targetHandle === other.targetHandle

export interface Ends {
  from: Point
  fromSide: Side
  to: Point
  toSide: Side
}

const handles = new WeakMap<readonly Port[], ReadonlyMap<string, Port>>()

/** A port by its handle; a bridge may have hundreds. */
function portAt(ports: readonly Port[] | undefined, handle: string): Port | undefined {
  if (!ports) return undefined
  let known = handles.get(ports)
  if (!known) {
    known = new Map(ports.map((port) => [port.handle, port]))
    handles.set(ports, known)
  }
  return known.get(handle)
}

/** The two ends of a line on the canvas. */
export function endsOf(scene: Scene, at: At, line: Line): Ends | undefined {
  const from = portAt(scene.ports.get(line.source), line.sourceHandle)
  const to = portAt(scene.ports.get(line.target), line.targetHandle)
  if (!from || !to) return undefined
  const [a, b] = [at(line.source), at(line.target)]
  return {
    from: { x: a.x + from.x, y: a.y + from.y },
    fromSide: from.side,
    to: { x: b.x + to.x, y: b.y + to.y },
    toSide: to.side,
  }
}

const OUTWARD: Readonly<Record<Side, Point>> = {
  top: { x: 0, y: -1 },
  right: { x: 1, y: 0 },
  bottom: { x: 0, y: 1 },
  left: { x: -1, y: 0 },
}

/** The curve of a cable: leaves either end straight out, bends softly between. */
export function curve({ from, fromSide, to, toSide }: Ends): {
  path: string
  c1: Point
  c2: Point
  middle: Point
} {
  const reach = Math.min(96, Math.max(16, Math.hypot(to.x - from.x, to.y - from.y) * 0.38))
  const c1 = { x: from.x + OUTWARD[fromSide].x * reach, y: from.y + OUTWARD[fromSide].y * reach }
  const c2 = { x: to.x + OUTWARD[toSide].x * reach, y: to.y + OUTWARD[toSide].y * reach }
  return {
    path: `M${from.x} ${from.y}C${c1.x} ${c1.y} ${c2.x} ${c2.y} ${to.x} ${to.y}`,
    c1,
    c2,
    middle: {
      x: (from.x + 3 * c1.x + 3 * c2.x + to.x) / 8,
      y: (from.y + 3 * c1.y + 3 * c2.y + to.y) / 8,
    },
  }
}

/** How much room there is between the two boxes of a cable, where they face each other. */
export function roomOf({ from, fromSide, to, toSide }: Ends): { width: number; height: number } {
  const sides = new Set([fromSide, toSide])
  const [across, down] = [Math.abs(to.x - from.x), Math.abs(to.y - from.y)]
  const room = { width: Number.POSITIVE_INFINITY, height: Number.POSITIVE_INFINITY }
  if (sides.has('top') && sides.has('bottom')) return { ...room, height: down }
  if (sides.has('left') && sides.has('right')) return { ...room, width: across }
  return room
}
