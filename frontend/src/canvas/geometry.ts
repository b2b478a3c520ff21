/**
 * Where everything stands: pure functions from design and looks to boxes, ports and lines. The
 * DOM nodes, the overview's canvas, the minimap and the exported picture all draw this one scene.
 */

import { indexOf, otherEnd } from '@/model/index-of.ts'
import type { Design, Kind, Look, Looks, NodeRecord } from '@/model/records.ts'
import { hostId, natural, nodeOf, ref } from '@/model/records.ts'

export const GRID = 16
export const HEADER = 48
export const PADDING = 24
const HOST_MIN = { width: 320, height: 192 }
const COLLAPSED = { width: 240, height: 64 }
const BOX = { width: 176, height: 48 }
const PER_PORT = 16

export type Side = 'top' | 'right' | 'bottom' | 'left'

export interface Point {
  x: number
  y: number
}

export interface Box extends Point {
  id: string
  kind: Kind
  /** The host that it stands on; x and y are then measured from the host's corner. */
  host: string | undefined
  width: number
  height: number
  collapsed: boolean
}

/** Where a cable meets a box: measured from the box's corner. */
export interface Port {
  /** What React Flow calls it: the interface's id, or `link:ID` at a collapsed host. */
  handle: string
  interface: string | undefined
  side: Side
  x: number
  y: number
  linked: boolean
}

/** A drawn cable: node and handle of either end, hosts in the place of what they hide. */
export interface Line {
  id: string
  source: string
  sourceHandle: string
  target: string
  targetHandle: string
}

export interface Scene {
  boxes: ReadonlyMap<string, Box>
  ports: ReadonlyMap<string, readonly Port[]>
  lines: readonly Line[]
  /** Lines at each drawn node. */
  linesAt: ReadonlyMap<string, readonly Line[]>
  /** Nodes that are not drawn because their host is collapsed. */
  hidden: ReadonlySet<string>
}

export const NO_SCENE: Scene = {
  boxes: new Map(),
  ports: new Map(),
  lines: [],
  linesAt: new Map(),
  hidden: new Set(),
}

const NO_PORTS: readonly Port[] = []

// ---- sizes ----

function sizeOf(kind: Kind, ports: number): { width: number; height: number } {
  if (kind === 'nic') return { width: 144, height: 48 }
  if (kind === 'bridge' || kind === 'network' || kind === 'segment' || kind === 'trunk') {
    const wanted = Math.ceil((ports * PER_PORT) / 2 + 32)
    return { width: Math.min(480, Math.max(BOX.width, Math.ceil(wanted / GRID) * GRID)), height: 48 }
  }
  return BOX
}

export const snap = (value: number): number => Math.round(value / GRID) * GRID

// ---- the scene ----

/** The whole scene. What did not change since `before` stays the same objects. */
export function sceneOf(design: Design, looks: Looks, before: Scene = NO_SCENE): Scene {
  const { interfacesOf, onHost } = indexOf(design)
  const boxes = new Map<string, Box>()
  const hidden = new Set<string>()
  const keep = (box: Box): void => {
    const was = before.boxes.get(box.id)
    boxes.set(box.id, was && sameBox(was, box) ? was : box)
  }
  const roots = Object.entries(design.nodes).filter(([, node]) => hostId(node) === undefined)
  const rootBoxes: Box[] = []
  const children: Box[] = []
  for (const [id, node] of roots) {
    const look = looks[ref('nodes', id)]
    if (node.kind !== 'host') {
      const size = sizeOf(node.kind, interfacesOf.get(id)?.length ?? 0)
      rootBoxes.push(boxAt(id, node, look, size, undefined))
      continue
    }
    const collapsed = look?.collapsed === true
    const held = placeContents(design, looks, onHost.get(id) ?? [], interfacesOf)
    if (collapsed) for (const box of held) hidden.add(box.id)
    else children.push(...held)
    const fit = collapsed ? COLLAPSED : hostSize(look, held, interfacesOf.get(id)?.length ?? 0)
    rootBoxes.push({ ...boxAt(id, node, look, fit, undefined), collapsed })
  }
  placeRoots(rootBoxes, looks)
  for (const box of rootBoxes) keep(box)
  for (const box of children) keep(box)
  const { lines, linesAt } = linesOf(design, boxes, before)
  const ports = new Map<string, readonly Port[]>()
  const at = placing(boxes)
  for (const id of boxes.keys())
    ports.set(id, keptPorts(before.ports.get(id), portsOf(id, boxes, at, linesAt, interfacesOf)))
  return { boxes, ports, lines, linesAt, hidden }
}

const UNPLACED = Number.NaN

function boxAt(
  id: string,
  node: NodeRecord,
  look: Look | undefined,
  size: { width: number; height: number },
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

function hostSize(
  look: Look | undefined,
  held: readonly Box[],
  interfaces: number,
): { width: number; height: number } {
  let width = Math.max(HOST_MIN.width, look?.width ?? 0, 208 + interfaces * 72)
  let height = Math.max(HOST_MIN.height, look?.height ?? 0)
  for (const box of held) {
    width = Math.max(width, Math.ceil((box.x + box.width + PADDING) / GRID) * GRID)
    height = Math.max(height, Math.ceil((box.y + box.height + PADDING) / GRID) * GRID)
  }
  return { width, height }
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

function placeContents(
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
    const size = sizeOf(node.kind, interfacesOf.get(id)?.length ?? 0)
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
    let [x, column] = [PADDING, 0]
    for (const [, box] of ranked) {
      if (column === columns) {
        x = PADDING
        column = 0
        y += 80
      }
      box.x = snap(x)
      box.y = y
      x += box.width + 32
      column++
    }
    y += 112
  }
}

/** Hosts that nobody has placed: in a grid below the others; segments below their hosts. */
function placeRoots(boxes: Box[], looks: Looks): void {
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

function linesOf(
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

// ---- ports ----

/** The corner of a box on the canvas. */
export type At = (id: string) => Point

export function placing(boxes: ReadonlyMap<string, Box>): At {
  return (id) => {
    const box = boxes.get(id)
    if (!box) return { x: 0, y: 0 }
    const host = box.host === undefined ? undefined : boxes.get(box.host)
    return host ? { x: host.x + box.x, y: host.y + box.y } : box
  }
}

/** Ports of one box: each at the side that faces what it is linked to, in the order of those. */
export function portsOf(
  id: string,
  boxes: ReadonlyMap<string, Box>,
  at: At,
  linesAt: ReadonlyMap<string, readonly Line[]>,
  interfacesOf: ReadonlyMap<string, readonly string[]>,
): readonly Port[] {
  const box = boxes.get(id)
  if (!box) return NO_PORTS
  const own = interfacesOf.get(id) ?? []
  const lines = linesAt.get(id)
  if (!own.length && !lines) return NO_PORTS
  if (box.kind === 'host' && !box.collapsed) return hostPorts(box, own, lines ?? [])
  const corner = at(id)
  const sides: Record<Side, { handle: string; interface: string | undefined; rank: number }[]> = {
    top: [],
    right: [],
    bottom: [],
    left: [],
  }
  const linked = new Set<string>()
  for (const line of lines ?? []) {
    const outward = line.source === id
    const handle = outward ? line.sourceHandle : line.targetHandle
    const peer = boxes.get(outward ? line.target : line.source)
    if (!peer || linked.has(handle)) continue
    linked.add(handle)
    const [side, rank] = facing(box, corner, peer, at(peer.id))
    sides[side].push({ handle, interface: handle.startsWith('link:') ? undefined : handle, rank })
  }
  if (!box.collapsed)
    for (const one of own)
      if (!linked.has(one))
        sides.bottom.push({ handle: one, interface: one, rank: Number.POSITIVE_INFINITY })
  const ports: Port[] = []
  for (const side of ['top', 'right', 'bottom', 'left'] as const) {
    const row = sides[side]
    row.sort((one, other) => one.rank - other.rank || natural(one.handle, other.handle))
    const level = side === 'top' || side === 'bottom'
    const length = level ? box.width : box.height
    row.forEach(({ handle, interface: name }, index) => {
      const along = Math.round(((index + 1) * length) / (row.length + 1))
      ports.push({
        handle,
        interface: name,
        side,
        x: level ? along : side === 'left' ? 0 : box.width,
        y: level ? (side === 'top' ? 0 : box.height) : along,
        linked: linked.has(handle),
      })
    })
  }
  return ports
}

/** A host's own interfaces hang under its header, where its bridges are. */
function hostPorts(box: Box, own: readonly string[], lines: readonly Line[]): readonly Port[] {
  const linked = new Set(
    lines.flatMap((line) => [line.sourceHandle, line.targetHandle]),
  )
  return own.map((one, index) => ({
    handle: one,
    interface: one,
    side: 'bottom' as const,
    x: box.width - PADDING - 32 - (own.length - 1 - index) * 72,
    y: HEADER,
    linked: linked.has(one),
  }))
}

function facing(box: Box, corner: Point, peer: Box, peerCorner: Point): [Side, number] {
  // A host's interfaces are under its header, above whatever the host holds.
  if (peer.kind === 'host' && !peer.collapsed && box.host === peer.id)
    return ['top', peerCorner.x + peer.width]
  const dx = peerCorner.x + peer.width / 2 - (corner.x + box.width / 2)
  const dy = peerCorner.y + peer.height / 2 - (corner.y + box.height / 2)
  const gapX = Math.abs(dx) - (box.width + peer.width) / 2
  const gapY = Math.abs(dy) - (box.height + peer.height) / 2
  // Beside each other only when the rows overlap: cables mostly run up and down.
  if (gapY >= 8 || gapX < gapY) return dy < 0 ? ['top', dx] : ['bottom', dx]
  return dx < 0 ? ['left', dy] : ['right', dy]
}

// ---- while something is dragged ----

/** The scene with some boxes elsewhere; only what hangs on those is worked out again. */
export function dragged(
  design: Design,
  scene: Scene,
  moves: ReadonlyMap<string, Point>,
): Scene {
  if (!moves.size) return scene
  const boxes = new Map(scene.boxes)
  const around = new Set<string>()
  for (const [id, to] of moves) {
    const box = scene.boxes.get(id)
    if (!box) continue
    boxes.set(id, { ...box, x: to.x, y: to.y })
    const reach = (node: string): void => {
      around.add(node)
      for (const line of scene.linesAt.get(node) ?? [])
        around.add(line.source === node ? line.target : line.source)
    }
    reach(id)
    // What stands on a dragged host moves with it; only lines that leave the host turn.
    if (box.kind === 'host')
      for (const child of indexOf(design).onHost.get(id) ?? [])
        for (const line of scene.linesAt.get(child) ?? []) {
          const other = line.source === child ? line.target : line.source
          if (scene.boxes.get(other)?.host === id || other === id) continue
          around.add(child)
          around.add(other)
        }
  }
  const ports = new Map(scene.ports)
  const at = placing(boxes)
  const { interfacesOf } = indexOf(design)
  for (const id of around)
    ports.set(
      id,
      keptPorts(scene.ports.get(id), portsOf(id, boxes, at, scene.linesAt, interfacesOf)),
    )
  return { ...scene, boxes, ports }
}

// ---- keeping what is the same ----

const sameBox = (one: Box, other: Box): boolean =>
  one.kind === other.kind &&
  one.host === other.host &&
  one.x === other.x &&
  one.y === other.y &&
  one.width === other.width &&
  one.height === other.height &&
  one.collapsed === other.collapsed

const sameLine = (one: Line, other: Line): boolean =>
  one.source === other.source &&
  one.target === other.target &&
  one.sourceHandle === other.sourceHandle &&
  one.targetHandle === other.targetHandle

function keptPorts(was: readonly Port[] | undefined, now: readonly Port[]): readonly Port[] {
  if (!was || was.length !== now.length) return now
  const equal = now.every((port, index) => {
    const old = was[index]
    return (
      old?.handle === port.handle &&
      old.side === port.side &&
      old.x === port.x &&
      old.y === port.y &&
      old.linked === port.linked
    )
  })
  return equal ? was : now
}

// ---- lines ----

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

// ---- finding ----

export interface Rect extends Point {
  width: number
  height: number
}

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
