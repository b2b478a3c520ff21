/** Where boxes stand: where someone has put them, else in rows that can be read. */

import { indexOf, otherEnd } from '@/model/index-of.ts'
import type { Design, Kind, Look, Looks, NodeRecord } from '@/model/records.ts'
import { hostId, natural, nodeOf, ref } from '@/model/records.ts'
import type { Box } from './shapes.ts'
import { GRID, HEADER, PADDING, snap } from './shapes.ts'
import type { Size } from './sizes.ts'
import { sizeOfNode } from './sizes.ts'

const UNPLACED = Number.NaN

/** The box of a node; without a place of its own as long as nobody gave it one. */
export function boxAt(
  id: string,
  node: NodeRecord,
  look: Look | undefined,
  size: Size,
  host: string | undefined,
): Box {
  const placed = look !== undefined && Number.isFinite(look.x) && Number.isFinite(look.y)
  return {
    id,
    kind: node.kind,
    host,
    x: placed ? look.x : UNPLACED,
    y: placed ? look.y : UNPLACED,
    width: size.width,
    height: size.height,
    collapsed: false,
  }
}

/** Rows of a host's contents from top to bottom, by kind, where nobody has placed them. */
const ROW: Readonly<Record<Kind, number>> = {
  container: 0,
  vm: 0,
  router: 1,
  bridge: 2,
  network: 2,
  trunk: 3,
  nic: 4,
  host: 0,
  segment: 0,
}

/** The boxes of what stands on a host. */
export function placeContents(
  design: Design,
  looks: Looks,
  ids: readonly string[],
  interfacesOf: ReadonlyMap<string, readonly string[]>,
): Box[] {
  const held: Box[] = []
  const unplaced: Box[] = []
  let bottom = HEADER + GRID
  for (const id of ids) {
    const node = design.nodes[id]
    if (!node) continue
    const size = sizeOfNode(design, id, node)
    const box = boxAt(id, node, looks[ref('nodes', id)], size, hostId(node))
    if (Number.isNaN(box.x)) unplaced.push(box)
    else bottom = Math.max(bottom, box.y + box.height + 2 * GRID)
    held.push(box)
  }
  if (unplaced.length) tidy(design, unplaced, bottom, interfacesOf)
  return held
}

/** Rows by kind, each node near what it is plugged into: readable until someone arranges it. */
function tidy(
  design: Design,
  boxes: Box[],
  top: number,
  interfacesOf: ReadonlyMap<string, readonly string[]>,
): void {
  const { linksAt } = indexOf(design)
  const rows = new Map<number, Box[]>()
  for (const box of boxes) {
    const row = ROW[box.kind]
    rows.set(row, [...(rows.get(row) ?? []), box])
  }
  const order = new Map<string, number>()
  const sorted = (row: Box[]): Box[] => row.sort((one, other) => natural(one.id, other.id))
  sorted(rows.get(2) ?? []).forEach((box, index) => order.set(box.id, index))
  const near = (box: Box): number => {
    for (const one of interfacesOf.get(box.id) ?? [])
      for (const link of linksAt.get(one) ?? []) {
        const record = design.links[link]
        const rank = record && order.get(nodeOf(otherEnd(record, one)))
        if (rank !== undefined) return rank
      }
    return Number.MAX_SAFE_INTEGER
  }
  const columns = Math.max(3, Math.ceil(Math.sqrt(boxes.length * 0.7)))
  let y = snap(top)
  for (const [, row] of [...rows].sort(([one], [other]) => one - other)) {
    const ranked = sorted(row).map((box) => [near(box), box] as const)
    ranked.sort(([one], [other]) => one - other)
    let [x, column, tallest] = [PADDING, 0, 0]
    for (const [, box] of ranked) {
      if (column === columns) {
        y += snap(tallest + 32)
        ;[x, column, tallest] = [PADDING, 0, 0]
      }
      box.x = snap(x)
      box.y = y
      x += box.width + 32
      column++
      tallest = Math.max(tallest, box.height)
    }
    y += snap(tallest + 64)
  }
}

/** Hosts that nobody has placed: in a grid below the others; segments below their hosts. */
export function placeRoots(boxes: Box[], looks: Looks): void {
  const unplaced = boxes.filter((box) => Number.isNaN(box.x))
  if (!unplaced.length) return
  let bottom = 0
  for (const box of boxes)
    if (looks[ref('nodes', box.id)] && !Number.isNaN(box.x))
      bottom = Math.max(bottom, box.y + box.height + 64)
  const hosts = unplaced.filter((box) => box.kind === 'host')
  const columns = Math.max(1, Math.ceil(Math.sqrt(hosts.length)))
  let [x, y, tallest, column, widest] = [0, snap(bottom), 0, 0, 0]
  for (const box of hosts.sort((one, other) => natural(one.id, other.id))) {
    if (column === columns) {
      ;[x, column] = [0, 0]
      y = snap(y + tallest + 96)
      tallest = 0
    }
    ;[box.x, box.y] = [snap(x), y]
    x += box.width + 96
    widest = Math.max(widest, x - 96)
    tallest = Math.max(tallest, box.height)
    column++
  }
  const segments = unplaced.filter((box) => box.kind !== 'host')
  if (!segments.length) return
  if (hosts.length) y = snap(y + tallest + 96)
  const total = segments.reduce((sum, box) => sum + box.width + 64, -64)
  x = Math.max(0, (widest - total) / 2)
  for (const box of segments) {
    ;[box.x, box.y] = [snap(x), y]
    x += box.width + 64
  }
}
