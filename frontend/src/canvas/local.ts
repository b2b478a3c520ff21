/** What only the canvas knows: the scene, what is being dragged, what is being connected. */

import { create } from 'zustand'
import { subscribeWithSelector } from 'zustand/middleware'
import { shallow } from 'zustand/shallow'
import type { End } from '@/store/index.ts'
import { candidates, get, useStore } from '@/store/index.ts'
import type { Kind } from '@/model/records.ts'
import type { Point, Scene } from './geometry/index.ts'
import { NO_SCENE, dragged, sceneOf } from './geometry/index.ts'
import type { Reach } from '@/model/link-vlans.ts'
import { reachOf } from '@/model/link-vlans.ts'

export interface Viewport extends Point {
  zoom: number
}

interface Local {
  /** As committed. */
  base: Scene
  /** As shown: with what is being dragged where the pointer has it. */
  scene: Scene
  drag: ReadonlyMap<string, Point>
  /** Where a cable is being drawn from, and the nodes that it may end at. */
  connecting: { from: End; candidates: ReadonlySet<string> } | null
  /** The host that what is being dragged would land on. */
  target: string | null
  /** A palette item under way. */
  carried: { kind: Kind; x: number; y: number } | null
  /** Zoomed out so far that contents are drawn on one canvas. */
  far: boolean
  /** The "add and connect" menu, where a cable was dropped on nothing. */
  menu: { from: End; host: string | undefined; at: Point; screen: Point } | null
  /** A check that is being drawn: from where, to the pointer, and the node under that. */
  checking: { source: string; point: Point; over: string | null } | null
  /** The "must or must not" menu at the end of a drawn check. */
  checkMenu: { source: string; target: string; screen: Point } | null
  /** The VLAN under the pointer. */
  hovered: number | null
  /** Where the VLAN goes that is hovered or chosen, and its number. */
  reach: (Reach & { vlan: number }) | null
}

const NO_MOVES: ReadonlyMap<string, Point> = new Map()

export const useLocal = create<Local>()(
  subscribeWithSelector((): Local => ({
    base: NO_SCENE,
    scene: NO_SCENE,
    drag: NO_MOVES,
    connecting: null,
    target: null,
    carried: null,
    far: false,
    menu: null,
    checking: null,
    checkMenu: null,
    hovered: null,
    reach: null,
  })),
)

export const local = useLocal.getState
export const setLocal = useLocal.setState

function refresh(): void {
  const { design, looks } = get()
  const { base, drag } = local()
  const next = sceneOf(design, looks, base)
  setLocal({ base: next, scene: dragged(design, next, drag) })
}

/** Keeps the scene up with the store while the canvas stands; gives the end of it. */
export function followStore(): () => void {
  refresh()
  showReach()
  const endings = [
    useStore.subscribe((state) => [state.design, state.looks] as const, refresh, {
      equalityFn: shallow,
    }),
    useStore.subscribe((state) => [state.design, state.ui.vlan] as const, showReach, {
      equalityFn: shallow,
    }),
  ]
  return () => {
    for (const end of endings) end()
  }
}

function showReach(): void {
  const { design, ui } = get()
  const vlan = local().hovered ?? ui.vlan
  setLocal({ reach: vlan === null ? null : { ...reachOf(design, vlan), vlan } })
}

/** Shows where a VLAN goes as long as the pointer is on it. */
export function hoverVlan(vlan: number | null): void {
  setLocal({ hovered: vlan })
  showReach()
}

export function setDrag(moves: ReadonlyMap<string, Point>): void {
  const { base } = local()
  setLocal({ drag: moves, scene: dragged(get().design, base, moves) })
}

export const endDrag = (): void => setDrag(NO_MOVES)

/** `design` is the lab's, or the one without the link whose end is being moved. */
export function startConnecting(from: End, design = get().design): void {
  setLocal({ connecting: { from, candidates: new Set(candidates(design, from)) } })
}

/** `new:NODE` is the handle that makes an interface; others are interfaces. */
export function endOfHandle(node: string, handle: string | null | undefined): End {
  return !handle || handle.startsWith('new:') || handle.startsWith('link:')
    ? { node }
    : { node, interface: handle }
}
