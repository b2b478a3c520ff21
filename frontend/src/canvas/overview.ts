/**
 * The overview: below 0.35 zoom the contents of hosts and all links are drawn once on one canvas,
 * a little larger than the window, which the viewport's own transform then carries along.
 */

import type { Status } from '@/live/messages.ts'
import type { Design, Ref } from '@/model/records.ts'
import { ref, splitRef, titleOf } from '@/model/records.ts'
import { linkStatus, statuses } from '@/store/index.ts'
import type { At, Box, Line, Rect, Scene } from './geometry.ts'
import { curve, endsOf, placing } from './geometry.ts'
import type { Colours } from './palette-of-colours.ts'

export interface Frame {
  /** The part of the plane that the picture covers. */
  area: Rect
  /** Picture pixels to one unit of the plane. */
  scale: number
}

export interface Sight {
  design: Design
  scene: Scene
  selection: ReadonlySet<Ref>
  colours: Colours
}

type Pen = CanvasRenderingContext2D

function enter(pen: Pen, { area, scale }: Frame): void {
  pen.setTransform(scale, 0, 0, scale, -area.x * scale, -area.y * scale)
}

/** The whole picture. */
export function paint(pen: Pen, frame: Frame, sight: Sight): void {
  pen.setTransform(1, 0, 0, 1, 0, 0)
  pen.clearRect(0, 0, pen.canvas.width, pen.canvas.height)
  enter(pen, frame)
  const at = placing(sight.scene.boxes)
  paintLines(pen, frame, sight, at, sight.scene.lines)
  for (const box of sight.scene.boxes.values()) {
    if (box.host === undefined && box.kind === 'host') continue
    paintBox(pen, frame, sight, at, box)
  }
}

/** Only what these changes are about, over the picture that is there. */
export function repaint(pen: Pen, frame: Frame, sight: Sight, changed: readonly Ref[]): void {
  enter(pen, frame)
  const at = placing(sight.scene.boxes)
  const about = new Set(changed)
  const lines = sight.scene.lines.filter((line) => {
    const link = sight.design.links[line.id]
    return (
      about.has(ref('links', line.id)) ||
      (link !== undefined &&
        (about.has(ref('interfaces', link.a)) || about.has(ref('interfaces', link.b))))
    )
  })
  paintLines(pen, frame, sight, at, lines)
  for (const one of changed) {
    const [table, id] = splitRef(one)
    const box = table === 'nodes' ? sight.scene.boxes.get(id) : undefined
    if (box && box.kind !== 'host') paintBox(pen, frame, sight, at, box)
  }
}

const outside = (area: Rect, x: number, y: number, width: number, height: number): boolean =>
  x + width < area.x || y + height < area.y || x > area.x + area.width || y > area.y + area.height

/** All lines of one look in one stroke: that is what makes thousands cheap. */
function paintLines(
  pen: Pen,
  frame: Frame,
  { scene, design, selection, colours }: Sight,
  at: At,
  lines: readonly Line[],
): void {
  const bundles = new Map<string, { path: Path2D; status: Status | undefined; chosen: boolean }>()
  for (const line of lines) {
    const link = design.links[line.id]
    const ends = endsOf(scene, at, line)
    if (!link || !ends) continue
    const { from, to } = ends
    const [left, top] = [Math.min(from.x, to.x), Math.min(from.y, to.y)]
    if (outside(frame.area, left, top, Math.abs(from.x - to.x), Math.abs(from.y - to.y))) continue
    const status = linkStatus(line.id, link)
    const chosen = selection.has(ref('links', line.id))
    const key = `${status?.state ?? ''}${chosen ? '!' : ''}`
    let bundle = bundles.get(key)
    if (!bundle) {
      bundle = { path: new Path2D(), status, chosen }
      bundles.set(key, bundle)
    }
    bundle.path.moveTo(from.x, from.y)
    if (frame.scale < 0.2) bundle.path.lineTo(to.x, to.y)
    else {
      const { c1, c2 } = curve(ends)
      bundle.path.bezierCurveTo(c1.x, c1.y, c2.x, c2.y, to.x, to.y)
    }
  }
  const thin = Math.max(1.5, 0.9 / frame.scale)
  for (const { path, status, chosen } of bundles.values()) {
    pen.strokeStyle = chosen ? colours.accent : status ? colours.states[status.state] : colours.cable
    pen.lineWidth = chosen ? thin * 2 : thin
    pen.setLineDash(status && status.state !== 'ok' ? [thin * 5, thin * 3] : [])
    pen.stroke(path)
  }
  pen.setLineDash([])
}

function paintBox(
  pen: Pen,
  frame: Frame,
  { design, selection, colours }: Sight,
  at: At,
  box: Box,
): void {
  const { x, y } = at(box.id)
  if (outside(frame.area, x, y, box.width, box.height)) return
  const chosen = selection.has(ref('nodes', box.id))
  const state = statuses.get(ref('nodes', box.id))?.state
  pen.fillStyle = colours.node
  pen.strokeStyle = chosen ? colours.accent : colours.nodeLine
  pen.lineWidth = chosen ? Math.max(3, 2 / frame.scale) : Math.max(1, 0.6 / frame.scale)
  pen.beginPath()
  pen.roundRect(x, y, box.width, box.height, 8)
  pen.fill()
  pen.stroke()
  pen.fillStyle = colours.kinds[box.kind]
  pen.fillRect(x + 6, y + 8, 6, box.height - 16)
  if (state) {
    // A failed node is a square, all else a disc, so that one can find it without seeing red.
    pen.fillStyle = colours.states[state]
    const size = Math.min(16, Math.max(9, 3 / frame.scale))
    pen.beginPath()
    const [cx, cy] = [x + box.width - size - 4, y + box.height / 2]
    if (state === 'failed') pen.rect(cx - size, cy - size, size * 2, size * 2)
    else pen.arc(cx, cy, size, 0, Math.PI * 2)
    pen.fill()
  }
  if (frame.scale >= 0.16) {
    pen.fillStyle = colours.text
    pen.font = '600 20px system-ui, sans-serif'
    pen.textBaseline = 'middle'
    pen.save()
    pen.beginPath()
    pen.rect(x + 16, y, box.width - (state ? 56 : 24), box.height)
    pen.clip()
    pen.fillText(titleOf(box.id, design.nodes[box.id]), x + 20, y + box.height / 2)
    pen.restore()
  }
}
