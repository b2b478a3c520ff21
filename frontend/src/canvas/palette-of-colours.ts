/** The theme's colours as values, for what is drawn without CSS: overview, minimap, pictures. */

import { VLAN_COLOURS } from '@/icons/index.tsx'
import type { State } from '@/live/messages.ts'
import { KINDS } from '@/model/records.ts'
import type { Kind } from '@/model/records.ts'

const STATES: readonly State[] = [
  'ok',
  'pending',
  'applying',
  'drift',
  'failed',
  'degraded',
  'absent',
  'unknown',
]

export interface Colours {
  canvas: string
  host: string
  hostLine: string
  hostHead: string
  node: string
  nodeLine: string
  text: string
  dim: string
  cable: string
  accent: string
  kinds: Record<Kind, string>
  states: Record<State, string>
  /** By slot. */
  vlans: readonly string[]
}

export function coloursOf(element: Element = document.documentElement): Colours {
  const style = getComputedStyle(element)
  const read = (name: string): string => style.getPropertyValue(`--tl-${name}`).trim() || '#888888'
  return {
    canvas: read('canvas'),
    host: read('host'),
    hostLine: read('host-line'),
    hostHead: read('host-head'),
    node: read('node'),
    nodeLine: read('node-line'),
    text: read('text'),
    dim: read('dim'),
    cable: read('cable'),
    accent: read('accent'),
    kinds: Object.fromEntries(KINDS.map((kind) => [kind, read(`kind-${kind}`)])) as Record<
      Kind,
      string
    >,
    states: Object.fromEntries(
      STATES.map((state) => [state, read(`state-${state}`)]),
    ) as Record<State, string>,
    vlans: Array.from({ length: VLAN_COLOURS }, (_, slot) => read(`vlan-${slot}`)),
  }
}
