/**
 * Automatic layout: inside each host first, then the hosts among themselves (a whole hierarchy at
 * once takes ELK four times as long). ELK works in a worker of its own, fetched when first wanted.
 */

import type { ELK, ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js'
import type { Look, LooksPatch, Ref } from '@/model/records.ts'
import { ref } from '@/model/records.ts'
import type { Box, Scene } from './geometry/index.ts'
import { GRID, HEADER, PADDING, snap } from './geometry/index.ts'
import type { Placed } from './rows.ts'
import { folded } from './rows.ts'

let elk: Promise<ELK> | undefined

function engine(): Promise<ELK> {
  elk ??= (async () => {
    const [{ default: Elk }, { default: ElkWorker }] = await Promise.all([
      import('elkjs/lib/elk-api.js'),
      import('elkjs/lib/elk-worker.min.js?worker'),
    ])
    return new Elk({ workerFactory: () => new ElkWorker() })
  })()
  return elk
}

const LAYERED = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.spacing.nodeNode': '32',
  'elk.layered.spacing.nodeNodeBetweenLayers': '64',
  'elk.spacing.componentComponent': '48',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
}

/** What flows down: machines above switches, switches above cards. */
const DEPTH: Readonly<Record<Box['kind'], number>> = {
  vm: 0,
  container: 0,
  router: 1,
  bridge: 2,
  network: 2,
  trunk: 3,
  nic: 4,
  segment: 5,
  host: 6,
}

/** Looks for the whole lab, or only for the contents of these hosts. */
export async function layOut(scene: Scene, looks: Readonly<Partial<Record<Ref, Look>>>, only?: ReadonlySet<string>): Promise<LooksPatch> {
  const engineReady = await engine()
  const patch: LooksPatch = {}
  const sizes = new Map<string, { width: number; height: number }>()
  const byHost = new Map<string, Box[]>()
  for (const box of scene.boxes.values())
    if (box.host !== undefined) byHost.set(box.host, [...(byHost.get(box.host) ?? []), box])
  for (const [host, boxes] of byHost) {
    if (only && !only.has(host)) continue
    const members = new Set(boxes.map((box) => box.id))
    const placed = await engineReady.layout(
      {
        id: host,
        layoutOptions: LAYERED,
        children: boxes.map(({ id, width, height }) => ({ id, width, height })),
        edges: edgesAmong(scene, members),
      },
    )
    let [right, bottom] = [0, 0]
    const limit = Math.max(5, Math.ceil(Math.sqrt(boxes.length * 1.3))) * 208
    const corners = folded(placedOf(placed), limit, { across: 32, down: 32, layers: 80 })
    for (const { id, width, height } of boxes) {
      const corner = corners.get(id) ?? { x: 0, y: 0 }
      const at = { x: snap(corner.x + PADDING), y: snap(corner.y + HEADER + 32) }
      patch[ref('nodes', id)] = { ...looks[ref('nodes', id)], ...at }
      right = Math.max(right, at.x + width)
      bottom = Math.max(bottom, at.y + height)
    }
    sizes.set(host, {
      width: Math.max(320, Math.ceil((right + PADDING) / GRID) * GRID),
      height: Math.max(192, Math.ceil((bottom + PADDING) / GRID) * GRID),
    })
  }
  if (only) return patch
  const roots = [...scene.boxes.values()].filter((box) => box.host === undefined)
  const placed = await engineReady.layout(rootGraph(scene, roots, sizes))
  const boxes = placedOf(placed)
  const area = boxes.reduce((sum, box) => sum + (box.width + 96) * (box.height + 96), 0)
  const widest = Math.max(0, ...boxes.map((box) => box.width))
  const limit = Math.max(widest * 2 + 96, Math.sqrt(area * 1.8))
  for (const [id, corner] of folded(boxes, limit, { across: 96, down: 96, layers: 128 })) {
    const at = ref('nodes', id)
    const look: Look = { ...looks[at], x: snap(corner.x), y: snap(corner.y) }
    // The host fits its contents again, whatever size it was pulled to before.
    delete look.width
    delete look.height
    patch[at] = look
  }
  return patch
}

const placedOf = (graph: ElkNode): Placed[] =>
  (graph.children ?? []).map((child) => ({
    id: child.id,
    x: child.x ?? 0,
    y: child.y ?? 0,
    width: child.width ?? 0,
    height: child.height ?? 0,
  }))

function edgesAmong(scene: Scene, members: ReadonlySet<string>): ElkExtendedEdge[] {
  return scene.lines
    .filter((line) => members.has(line.source) && members.has(line.target))
    .map((line) => edge(scene, line.id, line.source, line.target))
}

function edge(scene: Scene, id: string, source: string, target: string): ElkExtendedEdge {
  const depth = (node: string): number => DEPTH[scene.boxes.get(node)?.kind ?? 'host']
  const [from, to] = depth(source) <= depth(target) ? [source, target] : [target, source]
  return { id, sources: [from], targets: [to] }
}

/** Hosts and segments, with one edge where any cable runs between them. */
function rootGraph(
  scene: Scene,
  roots: readonly Box[],
  sizes: ReadonlyMap<string, { width: number; height: number }>,
): ElkNode {
  const rootOf = (id: string): string => scene.boxes.get(id)?.host ?? id
  const edges = new Map<string, ElkExtendedEdge>()
  for (const line of scene.lines) {
    const [a, b] = [rootOf(line.source), rootOf(line.target)]
    if (a === b) continue
    const segmentLast = scene.boxes.get(a)?.kind === 'segment' ? [b, a] : [a, b]
    const id = segmentLast.join('~')
    edges.set(id, { id, sources: [segmentLast[0] ?? a], targets: [segmentLast[1] ?? b] })
  }
  const connected = edges.size > 0
  return {
    id: 'lab',
    layoutOptions: connected
      ? {
          'elk.algorithm': 'layered',
          'elk.direction': 'DOWN',
          'elk.spacing.nodeNode': '80',
          'elk.layered.spacing.nodeNodeBetweenLayers': '96',
          'elk.spacing.componentComponent': '96',
          'elk.aspectRatio': '1.7',
        }
      : { 'elk.algorithm': 'rectpacking', 'elk.spacing.nodeNode': '80', 'elk.aspectRatio': '1.7' },
    children: roots.map((box) => ({
      id: box.id,
      width: sizes.get(box.id)?.width ?? box.width,
      height: sizes.get(box.id)?.height ?? box.height,
    })),
    edges: [...edges.values()],
  }
}
