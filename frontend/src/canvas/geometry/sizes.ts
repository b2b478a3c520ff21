/** How large things are drawn. */

import type { Kind, Look } from '@/model/records.ts'
import type { Box } from './shapes.ts'
import { GRID, PADDING } from './shapes.ts'

export interface Size {
  width: number
  height: number
}

export const HOST_MIN: Size = { width: 320, height: 192 }
export const COLLAPSED: Size = { width: 240, height: 64 }
const BOX: Size = { width: 176, height: 48 }
const PER_PORT = 16

export function sizeOf(kind: Kind, ports: number): Size {
  if (kind === 'nic') return { width: 144, height: 48 }
  if (kind === 'bridge' || kind === 'network' || kind === 'segment' || kind === 'trunk') {
    const wanted = Math.ceil((ports * PER_PORT) / 2 + 32)
    return { width: Math.min(480, Math.max(BOX.width, Math.ceil(wanted / GRID) * GRID)), height: 48 }
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
