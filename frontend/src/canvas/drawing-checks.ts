/**
 * Drawing checks with the pointer: while the tool is "check", pressing on a node begins one and
 * letting go on another ends it. A press without a move takes the node; the next press ends it.
 */

import { whyNoCheck } from '@/model/checking.ts'
import { actions, get, notify, setUi } from '@/store/index.ts'
import { nodeAt } from './geometry/index.ts'
import { local, setLocal } from './local.ts'
import { view } from './view.ts'

/** Nearer than this the pointer has not moved. */
const CLICK = 5

/** Listens on the canvas while the tool is in hand; gives the end of it. */
export function drawChecks(wrapper: HTMLElement): () => void {
  const stop = new AbortController()
  const { signal } = stop
  let pressed: { x: number; y: number } | undefined

  const hit = (event: MouseEvent): string | undefined => {
    const target = event.target instanceof Element ? event.target : undefined
    if (!target?.closest('.react-flow__pane, .react-flow__viewport')) return undefined
    if (target.closest('button')) return undefined
    const plane = view.planeAt(event.clientX, event.clientY)
    return plane && nodeAt(local().scene, plane)
  }
  const follow = (event: MouseEvent): void => {
    const { checking } = local()
    const plane = view.planeAt(event.clientX, event.clientY)
    if (!checking || !plane) return
    const over = nodeAt(local().scene, plane)
    const to = over !== undefined && over !== checking.source ? over : null
    setLocal({ checking: { ...checking, point: plane, over: to } })
  }
  const finish = (event: PointerEvent, target: string): void => {
    const source = local().checking?.source
    setLocal({ checking: null })
    if (source === undefined) return
    const reason = whyNoCheck(get().design, source, target)
    if (reason !== undefined) notify('warning', 'No check can be drawn', reason)
    else
      setLocal({
        checkMenu: { source, target, screen: { x: event.clientX, y: event.clientY } },
      })
  }

  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return
    const node = hit(event)
    if (node === undefined) {
      setLocal({ checking: null })
      return
    }
    event.stopPropagation()
    event.preventDefault()
    const { checking } = local()
    if (checking && checking.source !== node) {
      finish(event, node)
      return
    }
    const plane = view.planeAt(event.clientX, event.clientY)
    if (!plane || !begins(node)) return
    pressed = { x: event.clientX, y: event.clientY }
    setLocal({ checking: { source: node, point: plane, over: null } })
  }
  const up = (event: PointerEvent): void => {
    if (!pressed) return
    const moved = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > CLICK
    pressed = undefined
    if (!moved || !local().checking) return
    const node = hit(event)
    if (node !== undefined && node !== local().checking?.source) finish(event, node)
    else setLocal({ checking: null })
  }
  /** What would drag, select or draw a cable comes after the pointer's own events. */
  const hold = (event: MouseEvent): void => {
    if (event.button === 0 && hit(event) !== undefined) event.stopPropagation()
  }
  const key = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return
    // First the arrow that is being drawn, then the tool.
    if (local().checking) setLocal({ checking: null })
    else if (!local().checkMenu) setUi({ tool: 'cable' })
    else return
    event.stopPropagation()
  }

  wrapper.addEventListener('pointerdown', down, { capture: true, signal })
  wrapper.addEventListener('mousedown', hold, { capture: true, signal })
  wrapper.addEventListener('click', hold, { capture: true, signal })
  window.addEventListener('pointermove', follow, { signal })
  window.addEventListener('pointerup', up, { signal })
  window.addEventListener('keydown', key, { capture: true, signal })
  return () => {
    stop.abort()
    setLocal({ checking: null, checkMenu: null })
  }
}

function begins(source: string): boolean {
  const { design } = get()
  const target = Object.keys(design.nodes).find((id) => id !== source)
  const reason = target === undefined ? undefined : whyNoCheck(design, source, target)
  if (reason === undefined) return true
  notify('info', 'No check can begin here', reason)
  return false
}

/** Takes the tool into the hand, or puts it down. */
export function toggleCheckTool(): void {
  const on = get().ui.tool !== 'check'
  actions.setUi({ tool: on ? 'check' : 'cable', ...(on ? { checks: true } : {}) })
}
