/**
 * The overview: below 0.35 zoom the contents of hosts and all links are drawn once on one canvas,
 * a little larger than the window, which the viewport's own transform then carries along.
 */

import type { Status } from '@/live/messages.ts'
import type { Design, Ref } from '@/model/records.ts'
import { ref, splitRef, titleOf } from '@/model/records.ts'
import { vlanSlot } from '@/icons/index.tsx'
import { linkVlans } from '@/model/link-vlans.ts'
import { linkStatus, statuses } from '@/store/index.ts'
import type { At, Box, Line, Rect, Scene } from './geometry/index.ts'
import { along, arrowOf, curve, endsOf, placing, sees } from './geometry/index.ts'
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
  /** Whether checks are shown. */
  checks: boolean
  /** Cables of the VLAN that is shown; the others step back. */
  lit: ReadonlySet<string> | undefined
}

type Pen = CanvasRenderingContext2D

function enter(pen: Pen, { area, scale }: Frame): void {
  pen.setTransform(scale, 0, 0, scale, -area.x * scale, -area.y * scale)
}

/** Below this scale a node is a coloured block: its name could not be read anyway. */
const BLOCKS = 0.16

/** The whole picture. */
export function paint(pen: Pen, frame: Frame, sight: Sight): void {
  pen.setTransform(1, 0, 0, 1, 0, 0)
  pen.clearRect(0, 0, pen.canvas.width, pen.canvas.height)
  enter(pen, frame)
  const at = placing(sight.scene.boxes)
  const boxes = [...sight.scene.boxes.values()]
  paintHosts(pen, frame, sight, boxes)
  paintLines(pen, frame, sight, at, sight.scene.lines)
  const inside = boxes.filter((box) => box.kind !== 'host')
  if (frame.scale < BLOCKS) paintBlocks(pen, frame, sight, at, inside)
  else for (const box of inside) paintBox(pen, frame, sight, at, box)
  if (sight.checks) paintChecks(pen, frame, sight)
}

function paintHosts(
  pen: Pen,
  frame: Frame,
  { colours }: Sight,
  boxes: readonly Box[],
): void {
  const path = new Path2D()
  for (const box of boxes)
    if (box.kind === 'host' && !outside(frame.area, box.x, box.y, box.width, box.height))
      path.roundRect(box.x, box.y, box.width, box.height, 14)
  pen.fillStyle = colours.host
  pen.strokeStyle = colours.hostLine
  pen.lineWidth = Math.max(1, 0.8 / frame.scale)
  pen.fill(path)
  pen.stroke(path)
}

/** Blocks of one colour in one fill. What failed is a size larger, so that it stands out by form. */
function paintBlocks(
  pen: Pen,
  frame: Frame,
  { colours, selection }: Sight,
  at: At,
  boxes: readonly Box[],
): void {
  const groups = new Map<string, { path: Path2D; colour: string; alpha: number; rank: number }>()
  for (const box of boxes) {
    const { x, y } = at(box.id)
    if (outside(frame.area, x, y, box.width, box.height)) continue
    const state = statuses.get(ref('nodes', box.id))?.state
    const chosen = selection.has(ref('nodes', box.id))
    const key = chosen ? 'chosen' : (state ?? box.kind)
    let group = groups.get(key)
    if (!group) {
      const colour = chosen
        ? colours.accent
        : state
          ? colours.states[state]
          : colours.kinds[box.kind]
      const calm = !chosen && (state === undefined || state === 'ok')
      group = { path: new Path2D(), colour, alpha: calm ? 0.55 : 1, rank: calm ? 0 : 1 }
      groups.set(key, group)
    }
    const more = state === 'failed' ? 12 : 0
    group.path.rect(x - more, y - more, box.width + 2 * more, box.height + 2 * more)
  }
  for (const { path, colour, alpha } of [...groups.values()].sort((a, b) => a.rank - b.rank)) {
    pen.globalAlpha = 1
    pen.fillStyle = colours.node
    pen.fill(path)
    pen.globalAlpha = alpha
    pen.fillStyle = colour
    pen.fill(path)
  }
  pen.globalAlpha = 1
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
  const boxes = changed.flatMap((one) => {
    const [table, id] = splitRef(one)
    const box = table === 'nodes' ? sight.scene.boxes.get(id) : undefined
    return box && box.kind !== 'host' ? [box] : []
  })
  if (frame.scale < BLOCKS) paintBlocks(pen, frame, sight, at, boxes)
  else for (const box of boxes) paintBox(pen, frame, sight, at, box)
  if (sight.checks && changed.some((one) => one.startsWith('checks/')))
    paintChecks(pen, frame, sight)
}

const outside = (area: Rect, x: number, y: number, width: number, height: number): boolean =>
  x + width < area.x || y + height < area.y || x > area.x + area.width || y > area.y + area.height

/** All lines of one look in one stroke: that is what makes thousands cheap. */
function paintLines(
  pen: Pen,
  frame: Frame,
  { scene, design, selection, colours, lit }: Sight,
  at: At,
  lines: readonly Line[],
): void {
  const bundles = new Map<
    string,
    { path: Path2D; status: Status | undefined; chosen: boolean; vlan: number | undefined; plugged: boolean }
  >()
  const vlans = linkVlans(design)
  for (const line of lines) {
    const link = design.links[line.id]
    const ends = endsOf(scene, at, line)
    if (!link || !ends) continue
    const { from, to } = ends
    const [left, top] = [Math.min(from.x, to.x), Math.min(from.y, to.y)]
    if (outside(frame.area, left, top, Math.abs(from.x - to.x), Math.abs(from.y - to.y))) continue
    const status = linkStatus(line.id, link)
    const chosen = selection.has(ref('links', line.id))
    const dim = lit !== undefined && !lit.has(line.id)
    const access = vlans.get(line.id)?.access
    const vlan = dim || access === undefined ? undefined : vlanSlot(access)
    const key = `${link.plugged ? '' : '/'}${dim ? 'dim' : (status?.state ?? '')}${chosen ? '!' : ''}${vlan ?? ''}`
    let bundle = bundles.get(key)
    if (!bundle) {
      const { plugged } = link
      bundle = { path: new Path2D(), status: dim ? undefined : status, chosen, vlan, plugged }
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
  const calm = (state: string | undefined): boolean => state === undefined || state === 'ok'
  const ordered = [...bundles.values()].sort(
    (one, other) => Number(calm(other.status?.state)) - Number(calm(one.status?.state)),
  )
  for (const { path, status, chosen, vlan, plugged } of ordered) {
    const known = status !== undefined && status.state !== 'ok'
    if (vlan !== undefined && !known) {
      // Beside what was observed, wider: near enough one sees both.
      pen.globalAlpha = 0.5
      pen.strokeStyle = colours.vlans[vlan] ?? colours.cable
      pen.lineWidth = thin * 3
      pen.setLineDash([])
      pen.stroke(path)
    }
    // From far the many cables that are well would drown everything else.
    const faint = lit !== undefined && vlan === undefined ? 0.2 : 1
    pen.globalAlpha =
      !chosen && calm(status?.state) && frame.scale < 0.25 ? Math.min(0.38, faint) : faint
    pen.strokeStyle = chosen ? colours.accent : status ? colours.states[status.state] : colours.cable
    pen.lineWidth = chosen ? thin * 2 : thin
    const dashed = status && status.state !== 'ok' ? [thin * 5, thin * 3] : []
    pen.setLineDash(plugged ? dashed : [thin * 4, thin * 6])
    pen.stroke(path)
  }
  pen.globalAlpha = 1
  pen.setLineDash([])
}

/** More dashed arrows than this would cost more than all else in the picture. */
const MANY_DASHED = 60

/**
 * All of one state in one stroke; what came out otherwise than expected last, and thick. Checks have
 * long dashes, but where they are very many.
 */
function paintChecks(pen: Pen, frame: Frame, { scene, selection, colours }: Sight): void {
  const thin = Math.max(1.5, 1.1 / frame.scale)
  const bundles = new Map<string, { path: Path2D; colour: string; thick: boolean; rank: number }>()
  for (const line of scene.checks) {
    const arrow = arrowOf(scene, line)
    if (!arrow || !sees(frame.area, along(arrow))) continue
    const { from, to, c1, c2 } = arrow
    const at = ref('checks', line.id)
    const state = statuses.get(at)?.state
    const chosen = selection.has(at)
    const key = chosen ? 'chosen' : (state ?? '')
    let bundle = bundles.get(key)
    if (!bundle) {
      const colour = state && !chosen ? colours.states[state] : colours.accent
      const rank = chosen ? 2 : state === 'failed' ? 1 : 0
      bundle = { path: new Path2D(), colour, thick: rank > 0, rank }
      bundles.set(key, bundle)
    }
    bundle.path.moveTo(from.x, from.y)
    bundle.path.bezierCurveTo(c1.x, c1.y, c2.x, c2.y, to.x, to.y)
  }
  pen.setLineDash(scene.checks.length > MANY_DASHED ? [] : [thin * 8, thin * 4])
  for (const { path, colour, thick } of [...bundles.values()].sort((a, b) => a.rank - b.rank)) {
    pen.strokeStyle = colour
    pen.lineWidth = thick ? thin * 2 : thin
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
