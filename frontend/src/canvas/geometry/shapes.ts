/** What a scene is made of: boxes, the ports on them and the lines between, all in units of the plane. */

import type { Kind } from '@/model/records.ts'

/** What is placed by hand lands on multiples of this. */
export const GRID = 16
/** Of a host: the strip with its name. */
export const HEADER = 48
/** Of a host: between its frame and what stands on it. */
export const PADDING = 24

export const snap = (value: number): number => Math.round(value / GRID) * GRID

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

/** A drawn check, hosts in the place of what they hide; in a lane of its own beside its likes. */
export interface CheckLine {
  id: string
  source: string
  target: string
  lane: number
}

export interface Scene {
  boxes: ReadonlyMap<string, Box>
  ports: ReadonlyMap<string, readonly Port[]>
  lines: readonly Line[]
  /** Lines at each drawn node. */
  linesAt: ReadonlyMap<string, readonly Line[]>
  checks: readonly CheckLine[]
  /** Nodes that are not drawn because their host is collapsed. */
  hidden: ReadonlySet<string>
}

export const NO_SCENE: Scene = {
  boxes: new Map(),
  ports: new Map(),
  lines: [],
  linesAt: new Map(),
  checks: [],
  hidden: new Set(),
}

export interface Rect extends Point {
  width: number
  height: number
}

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
