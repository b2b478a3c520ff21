/** The scene as React Flow wants it. It owns nothing; what did not change stays the same object. */

import type { Edge, Node, NodeHandle } from '@xyflow/react'
import { Position } from '@xyflow/react'
import { forwardSpoken, forwardsOf } from '@/model/forwards.ts'
import type { Design, Ref } from '@/model/records.ts'
import { ref, titleOf } from '@/model/records.ts'
import type { KindSpecs } from '@/model/kinds.ts'
import type { Box, CheckLine, Line, Port, Scene, Side } from './geometry/index.ts'

export const HANDLE = 10
const PLUS = 18

const POSITION: Readonly<Record<Side, Position>> = {
  top: Position.Top,
  right: Position.Right,
  bottom: Position.Bottom,
  left: Position.Left,
}

export interface DeviceData extends Record<string, unknown> {
  ports: readonly Port[]
}
export type DeviceNode = Node<DeviceData, 'device'>
export type HostNode = Node<DeviceData & { far: boolean; collapsed: boolean }, 'host'>
export type CanvasNode = DeviceNode | HostNode
export type CableEdge = Edge<Record<string, unknown>, 'cable'>
export type DrawnCheck = Edge<{ check: string; line: CheckLine }, 'check'>
export type CanvasEdge = CableEdge | DrawnCheck

/** What React Flow calls a check: a link may have the same id. */
const CHECK = 'check/'

/** The record that an edge of React Flow stands for. */
export const refOfEdge = (id: string): Ref =>
  id.startsWith(CHECK) ? ref('checks', id.slice(CHECK.length)) : ref('links', id)

interface KeptNode {
  box: Box
  ports: readonly Port[]
  selected: boolean
  label: string
  far: boolean
  node: CanvasNode
}

const NO_PORTS: readonly Port[] = []

export class Projection {
  private nodes = new Map<string, KeptNode>()
  private edges = new Map<string, { line: Line; selected: boolean; edge: CableEdge }>()
  private checks = new Map<string, { line: CheckLine; selected: boolean; edge: DrawnCheck }>()

  /** Hosts first, then what stands on them: the tab order follows. */
  nodesOf(
    scene: Scene,
    design: Design,
    kinds: KindSpecs,
    selection: ReadonlySet<Ref>,
    far: boolean,
  ): CanvasNode[] {
    const kept = new Map<string, KeptNode>()
    const result: CanvasNode[] = []
    for (const box of scene.boxes.values()) {
      if (far && box.host !== undefined) continue
      const record = design.nodes[box.id]
      const ports = scene.ports.get(box.id) ?? NO_PORTS
      const selected = selection.has(ref('nodes', box.id))
      const label = [
        `${kinds[box.kind]?.title ?? box.kind} ${titleOf(box.id, record)}`,
        ...forwardsOf(record).map((one) => forwardSpoken(design, record, one)),
      ].join(', ')
      const was = this.nodes.get(box.id)
      const one =
        was &&
        was.box === box &&
        was.ports === ports &&
        was.selected === selected &&
        was.label === label &&
        was.far === far
          ? was
          : { box, ports, selected, label, far, node: nodeOf(box, ports, selected, label, far) }
      kept.set(box.id, one)
      result.push(one.node)
    }
    this.nodes = kept
    return result
  }

  edgesOf(scene: Scene, selection: ReadonlySet<Ref>, far: boolean): CableEdge[] {
    if (far) return []
    const kept = new Map<string, { line: Line; selected: boolean; edge: CableEdge }>()
    const result: CableEdge[] = []
    for (const line of scene.lines) {
      const selected = selection.has(ref('links', line.id))
      const was = this.edges.get(line.id)
      const one =
        was?.line === line && was.selected === selected
          ? was
          : { line, selected, edge: edgeOf(line, selected) }
      kept.set(line.id, one)
      result.push(one.edge)
    }
    this.edges = kept
    return result
  }

  checksOf(scene: Scene, selection: ReadonlySet<Ref>, shown: boolean): DrawnCheck[] {
    if (!shown) return []
    const kept = new Map<string, { line: CheckLine; selected: boolean; edge: DrawnCheck }>()
    for (const line of scene.checks) {
      const selected = selection.has(ref('checks', line.id))
      const was = this.checks.get(line.id)
      const one =
        was?.line === line && was.selected === selected
          ? was
          : { line, selected, edge: drawnCheck(line, selected) }
      kept.set(line.id, one)
    }
    this.checks = kept
    return [...kept.values()].map(({ edge }) => edge)
  }
}

function handlesOf(box: Box, ports: readonly Port[]): NodeHandle[] {
  const handles: NodeHandle[] = ports.map((port) => ({
    id: port.handle,
    type: 'source',
    position: POSITION[port.side],
    x: port.x - HANDLE / 2,
    y: port.y - HANDLE / 2,
    width: HANDLE,
    height: HANDLE,
  }))
  const { x, y } = plusPlace(box)
  handles.push({
    id: `new:${box.id}`,
    type: 'source',
    position: Position.Bottom,
    x: x - PLUS / 2,
    y: y - PLUS / 2,
    width: PLUS,
    height: PLUS,
  })
  return handles
}

/** The middle of the handle that makes a new interface. */
export const plusPlace = (box: { kind: string; width: number; height: number }): {
  x: number
  y: number
} =>
  box.kind === 'host' ? { x: box.width - 20, y: 24 } : { x: box.width, y: box.height }

function nodeOf(
  box: Box,
  ports: readonly Port[],
  selected: boolean,
  label: string,
  far: boolean,
): CanvasNode {
  const common = {
    id: box.id,
    position: { x: box.x, y: box.y },
    width: box.width,
    height: box.height,
    measured: { width: box.width, height: box.height },
    handles: handlesOf(box, ports),
    selected,
    ariaLabel: label,
  }
  if (box.kind === 'host')
    return {
      ...common,
      type: 'host',
      data: { ports, far, collapsed: box.collapsed },
      zIndex: 0,
      dragHandle: '.tl-host-grip',
      // The body lets the pointer through, so that one can pan and draw a marquee inside a host.
      style: { pointerEvents: 'none' },
    }
  return {
    ...common,
    type: 'device',
    data: { ports },
    zIndex: 2,
    ...(box.host === undefined ? {} : { parentId: box.host }),
  }
}

const edgeOf = (line: Line, selected: boolean): CableEdge => ({
  id: line.id,
  type: 'cable',
  source: line.source,
  target: line.target,
  sourceHandle: line.sourceHandle,
  targetHandle: line.targetHandle,
  selected,
  zIndex: 1,
  reconnectable: selected,
})

/** It goes from box to box; React Flow wants handles, and every node has this one. */
const drawnCheck = (line: CheckLine, selected: boolean): DrawnCheck => ({
  id: `${CHECK}${line.id}`,
  type: 'check',
  data: { check: line.id, line },
  source: line.source,
  target: line.target,
  sourceHandle: `new:${line.source}`,
  targetHandle: `new:${line.target}`,
  selected,
  zIndex: 3,
  reconnectable: false,
})
