/** Moving the view: fit, centre, zoom. The canvas registers itself; buttons and keys call here. */

import type { ReactFlowInstance } from '@xyflow/react'
import type { Ref } from '@/model/records.ts'
import { nodeOf, splitRef } from '@/model/records.ts'
import { get } from '@/store/index.ts'
import type { Rect, Scene } from './geometry/index.ts'
import { bounds, endsOf, extent, placing, rectOf } from './geometry/index.ts'
import type { Viewport } from './local.ts'
import { local } from './local.ts'
import type { CanvasEdge, CanvasNode } from './projection.ts'

export const LEAST_ZOOM = 0.02
export const MOST_ZOOM = 2.5
const FIT_MOST = 1.1
const ROOM = 48

type Flow = ReactFlowInstance<CanvasNode, CanvasEdge>

let flow: Flow | undefined
let element: HTMLElement | undefined

export function registerView(instance: Flow | undefined, wrapper: HTMLElement | undefined): void {
  flow = instance
  element = wrapper
}

/**
 * When the canvas changes its size, as when the drawer opens below it, what was in view as a whole
 * stays in view as a whole. Returns how to stop.
 */
export function keepInView(wrapper: HTMLElement): () => void {
  let before = sizeOf(wrapper)
  const observer = new ResizeObserver(() => {
    const now = sizeOf(wrapper)
    const area = everything()
    if (flow && area) {
      const at = flow.getViewport()
      if (holds(at, before, area) && !holds(at, now, area)) show(area)
    }
    before = now
  })
  observer.observe(wrapper)
  return () => observer.disconnect()
}

interface Size {
  width: number
  height: number
}

const sizeOf = (wrapper: HTMLElement): Size => ({
  width: wrapper.clientWidth,
  height: wrapper.clientHeight,
})

/** Whether a viewport of this size shows all of an area. */
export function holds(at: Viewport, size: Size, area: Rect): boolean {
  const left = area.x * at.zoom + at.x
  const top = area.y * at.zoom + at.y
  return (
    left >= 0 &&
    top >= 0 &&
    left + area.width * at.zoom <= size.width &&
    top + area.height * at.zoom <= size.height
  )
}

export const viewElement = (): HTMLElement | undefined => element

const still = (): boolean => window.matchMedia('(prefers-reduced-motion: reduce)').matches
const duration = (): number => (still() ? 0 : 220)

/** The viewport that shows all of an area. */
export function fitting(area: Rect, width: number, height: number): Viewport {
  const zoom = Math.min(
    FIT_MOST,
    Math.max(
      LEAST_ZOOM,
      Math.min((width - 2 * ROOM) / area.width, (height - 2 * ROOM) / area.height),
    ),
  )
  return {
    zoom,
    x: width / 2 - (area.x + area.width / 2) * zoom,
    y: height / 2 - (area.y + area.height / 2) * zoom,
  }
}

function show(area: Rect | undefined): void {
  if (!flow || !element || !area) return
  const target = fitting(area, element.clientWidth, element.clientHeight)
  void flow.setViewport(target, { duration: duration() })
}

/** What is drawn, as a whole. */
export const everything = (): Rect | undefined => extent(local().base, get().ui.checks)

export const view = {
  fit: (): void => show(everything()),
  fitSelection: (): void => {
    const ids = [...get().selection].flatMap((at) => {
      const [table, id] = splitRef(at)
      return table === 'nodes' ? [id] : []
    })
    show(bounds(local().base, ids) ?? everything())
  },
  zoomIn: (): void => void flow?.zoomIn({ duration: duration() }),
  zoomOut: (): void => void flow?.zoomOut({ duration: duration() }),
  zoomTo: (zoom: number): void => void flow?.zoomTo(zoom, { duration: duration() }),
  /** Brings a record into view, near enough to read it. */
  centre: (at: Ref): void => {
    const area = areaOf(local().base, at)
    if (!flow || !area) return
    const zoom = Math.max(flow.getZoom(), 0.8)
    void flow.setCenter(area.x + area.width / 2, area.y + area.height / 2, {
      zoom: area.width > 600 ? Math.min(zoom, 0.8) : zoom,
      duration: duration(),
    })
  },
  /** From the window to the plane. */
  planeAt: (x: number, y: number): { x: number; y: number } | undefined =>
    flow?.screenToFlowPosition({ x, y }, { snapToGrid: false }),
}

function areaOf(scene: Scene, at: Ref): Rect | undefined {
  const [table, id] = splitRef(at)
  const { design } = get()
  if (table === 'links') {
    const line = scene.lines.find((one) => one.id === id)
    const ends = line && endsOf(scene, placing(scene.boxes), line)
    if (!ends) return undefined
    return {
      x: Math.min(ends.from.x, ends.to.x),
      y: Math.min(ends.from.y, ends.to.y),
      width: Math.abs(ends.from.x - ends.to.x),
      height: Math.abs(ends.from.y - ends.to.y),
    }
  }
  if (table === 'checks') {
    const line = scene.checks.find((one) => one.id === id)
    return line && bounds(scene, [line.source, line.target])
  }
  const node = table === 'interfaces' ? nodeOf(id) : id
  const shown = rectOf(scene, node)
  if (shown) return shown
  const host = design.nodes[node]?.['host']
  return typeof host === 'string' ? rectOf(scene, host) : undefined
}
