/**
 * Where everything stands: pure functions from design and looks to boxes, ports and lines. The
 * DOM nodes, the overview's canvas, the minimap and the exported picture all draw this one scene.
 */

import { indexOf } from '@/model/index-of.ts'
import type { Design, Looks } from '@/model/records.ts'
import { hostId, ref } from '@/model/records.ts'
import { checkLinesOf } from './checks.ts'
import { linesOf } from './lines.ts'
import { boxAt, placeContents, placeRoots } from './places.ts'
import { keptPorts, portsOf } from './ports.ts'
import type { Box, Point, Port, Scene } from './shapes.ts'
import { NO_SCENE, placing } from './shapes.ts'
import { COLLAPSED, hostSize, sizeOfNode } from './sizes.ts'

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
      const size = sizeOfNode(design, id, node)
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
  return { boxes, ports, lines, linesAt, checks: checkLinesOf(design, boxes, before), hidden }
}

const sameBox = (one: Box, other: Box): boolean =>
  one.kind === other.kind &&
  one.host === other.host &&
  one.x === other.x &&
  one.y === other.y &&
  one.width === other.width &&
  one.height === other.height &&
  one.collapsed === other.collapsed

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
