/** How large things are drawn. */

import { indexOf } from '@/model/index-of.ts'
import { isVlanAware } from '@/model/proposing.ts'
import type { Design, Kind, Look, NodeRecord } from '@/model/records.ts'
import { forwardStripHeight } from '../forward-strip.ts'
import { stripHeight, stripWidth } from '../strip.ts'
import type { Box } from './shapes.ts'
import { GRID, PADDING } from './shapes.ts'

export interface Size {
  width: number
  height: number
}

export const HOST_MIN: Size = { width: 320, height: 192 }
export const COLLAPSED: Size = { width: 240, height: 64 }
const BOX: Size = { width: 176, height: 48 }
/** A network's box has room for its mode beside its title, and for its address. */
const NETWORK_LEAST = 208
const PER_PORT = 16
/** Ports with the number of their VLAN below them. */
const PER_VLAN_PORT = 44
/** A segment with a strip of what passes, at least and at most. */
const [STRIP_LEAST, STRIP_MOST] = [256, 560]

/** How large a node is drawn that is not an open host. */
export function sizeOfNode(design: Design, id: string, node: NodeRecord): Size {
  const ports = indexOf(design).interfacesOf.get(id)?.length ?? 0
  const numbered = node.kind === 'trunk' || (node.kind === 'bridge' && isVlanAware(node))
  const { width, height } = sizeOf(node.kind, ports, numbered ? PER_VLAN_PORT : PER_PORT)
  if (node.kind !== 'segment') return { width, height: height + forwardStripHeight(node) }
  const strip = stripHeight(design, id)
  if (!strip) return { width, height }
  const rows = Math.ceil(stripWidth(design, id) / GRID) * GRID
  return {
    width: Math.max(width, STRIP_LEAST, Math.min(rows, STRIP_MOST)),
    height: height + strip,
  }
}

/** The same before there is a node. */
export function sizeOf(kind: Kind, ports: number, perPort = PER_PORT): Size {
  if (kind === 'nic') return { width: 144, height: 48 }
  if (kind === 'bridge' || kind === 'network' || kind === 'segment' || kind === 'trunk') {
    const wanted = Math.ceil((ports * perPort) / 2 + 32)
    const least = kind === 'network' ? NETWORK_LEAST : BOX.width
    return { width: Math.min(480, Math.max(least, Math.ceil(wanted / GRID) * GRID)), height: 48 }
  }
  return BOX
}

/** As large as someone pulled it, and as what stands on it needs. */
export function hostSize(
  look: Look | undefined,
  held: readonly Box[],
  interfaces: number,
): Size {
  let width = Math.max(HOST_MIN.width, look?.width ?? 0, 208 + interfaces * 72)
  let height = Math.max(HOST_MIN.height, look?.height ?? 0)
  for (const box of held) {
    width = Math.max(width, Math.ceil((box.x + box.width + PADDING) / GRID) * GRID)
    height = Math.max(height, Math.ceil((box.y + box.height + PADDING) / GRID) * GRID)
  }
  return { width, height }
}
