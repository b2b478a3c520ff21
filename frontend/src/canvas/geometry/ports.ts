/** Ports: each at the side of its box that faces what it is linked to. */

import { natural } from '@/model/records.ts'
import type { At, Box, Line, Point, Port, Side } from './shapes.ts'
import { HEADER, PADDING } from './shapes.ts'

const NO_PORTS: readonly Port[] = []

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

/** The old list where it says the same. */
export function keptPorts(was: readonly Port[] | undefined, now: readonly Port[]): readonly Port[] {
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
