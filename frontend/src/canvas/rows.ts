/**
 * Layers that are too wide, folded into rows. ELK finds the layers and, within each, an order with
 * few crossings; forty containers side by side are still a ribbon that nobody can look at.
 */

import type { Point, Rect } from './geometry/index.ts'

export interface Placed extends Rect {
  id: string
}

export interface Spacing {
  /** Between boxes of a row. */
  across: number
  /** Between the rows of one layer. */
  down: number
  /** Between layers. */
  layers: number
}

/** Corner by id. Boxes whose layers all fit in `limit` stay where they are. */
export function folded(
  boxes: readonly Placed[],
  limit: number,
  { across, down, layers: apart }: Spacing,
): Map<string, Point> {
  const layers = layersOf(boxes)
  const widest = Math.max(0, ...layers.map((layer) => widthOf(layer, across)))
  if (widest <= limit) return new Map(boxes.map((box) => [box.id, { x: box.x, y: box.y }]))
  const rows = layers.map((layer) => foldLayer(layer, limit, across))
  const width = Math.max(...rows.flat().map((row) => widthOf(row, across)))
  const corners = new Map<string, Point>()
  let y = 0
  for (const layer of rows) {
    for (const row of layer) {
      // Rows of one layer start together, so that their columns line up.
      let x = (width - Math.max(...layer.map((one) => widthOf(one, across)))) / 2
      for (const box of row) {
        corners.set(box.id, { x, y })
        x += box.width + across
      }
      y += Math.max(...row.map((box) => box.height)) + down
    }
    y += apart - down
  }
  return corners
}

function layersOf(boxes: readonly Placed[]): Placed[][] {
  const layers: { bottom: number; boxes: Placed[] }[] = []
  for (const box of [...boxes].sort((one, other) => one.y - other.y || one.x - other.x)) {
    const last = layers.at(-1)
    if (last && box.y < last.bottom) {
      last.boxes.push(box)
      last.bottom = Math.max(last.bottom, box.y + box.height)
    } else layers.push({ bottom: box.y + box.height, boxes: [box] })
  }
  return layers.map((layer) => layer.boxes.sort((one, other) => one.x - other.x))
}

const widthOf = (row: readonly Placed[], across: number): number =>
  row.reduce((sum, box) => sum + box.width + across, -across)

/** Column by column, so that what ELK put near each other stays near. */
function foldLayer(layer: readonly Placed[], limit: number, across: number): Placed[][] {
  const count = Math.max(1, Math.ceil(widthOf(layer, across) / limit))
  const rows: Placed[][] = Array.from({ length: count }, () => [])
  layer.forEach((box, index) => rows[index % count]?.push(box))
  return rows
}
