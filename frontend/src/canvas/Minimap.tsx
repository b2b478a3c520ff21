/** The whole lab, small, with the window in it. Drawn on a canvas: thousands of boxes cost nothing. */

import type { PointerEvent as ReactPointerEvent, ReactElement } from 'react'
import { useEffect, useRef } from 'react'
import { useReactFlow, useStoreApi } from '@xyflow/react'
import { useComputedColorScheme } from '@mantine/core'
import type { Rect } from './geometry/index.ts'
import { bounds, placing } from './geometry/index.ts'
import { local, useLocal } from './local.ts'
import { coloursOf } from './palette-of-colours.ts'

const WIDE = 184
const HIGH = 124

export function Minimap(): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const shown = useRef<{ area: Rect; scale: number } | null>(null)
  const store = useStoreApi()
  const flow = useReactFlow()
  const scheme = useComputedColorScheme()

  useEffect(() => {
    const element = canvas.current
    const pen = element?.getContext('2d')
    if (!element || !pen) return undefined
    const colours = coloursOf()
    const density = Math.min(2, window.devicePixelRatio || 1)
    element.width = WIDE * density
    element.height = HIGH * density
    let timer: ReturnType<typeof setTimeout> | undefined

    const draw = (): void => {
      timer = undefined
      const { base } = local()
      const all = bounds(base) ?? { x: 0, y: 0, width: 640, height: 400 }
      const around = Math.max(all.width, all.height) * 0.06 + 40
      const area = {
        x: all.x - around,
        y: all.y - around,
        width: all.width + 2 * around,
        height: all.height + 2 * around,
      }
      const scale = Math.min(WIDE / area.width, HIGH / area.height)
      area.x -= (WIDE / scale - area.width) / 2
      area.y -= (HIGH / scale - area.height) / 2
      shown.current = { area, scale }
      pen.setTransform(1, 0, 0, 1, 0, 0)
      pen.clearRect(0, 0, element.width, element.height)
      pen.setTransform(
        scale * density,
        0,
        0,
        scale * density,
        -area.x * scale * density,
        -area.y * scale * density,
      )
      const at = placing(base.boxes)
      for (const box of base.boxes.values()) {
        const { x, y } = at(box.id)
        if (box.kind === 'host') {
          pen.fillStyle = colours.host
          pen.strokeStyle = colours.hostLine
          pen.lineWidth = 1 / scale
          pen.fillRect(x, y, box.width, box.height)
          pen.strokeRect(x, y, box.width, box.height)
        } else {
          pen.fillStyle = colours.kinds[box.kind]
          pen.globalAlpha = 0.75
          const least = 2 / scale
          pen.fillRect(x, y, Math.max(least, box.width), Math.max(least, box.height))
          pen.globalAlpha = 1
        }
      }
      place()
    }
    const place = (): void => {
      const picture = shown.current
      const window = frame.current
      if (!picture || !window) return
      const { transform, width, height } = store.getState()
      const [x, y, zoom] = transform
      const { area, scale } = picture
      const left = Math.max(0, (-x / zoom - area.x) * scale)
      const top = Math.max(0, (-y / zoom - area.y) * scale)
      const right = Math.min(WIDE, ((width - x) / zoom - area.x) * scale)
      const bottom = Math.min(HIGH, ((height - y) / zoom - area.y) * scale)
      window.style.transform = `translate(${left}px, ${top}px)`
      window.style.width = `${Math.max(4, right - left)}px`
      window.style.height = `${Math.max(4, bottom - top)}px`
    }
    draw()
    let last = store.getState().transform
    const endings = [
      store.subscribe((state) => {
        if (state.transform === last) return
        last = state.transform
        place()
      }),
      useLocal.subscribe(
        (state) => state.base,
        () => {
          timer ??= setTimeout(draw, 150)
        },
      ),
    ]
    return () => {
      clearTimeout(timer)
      for (const end of endings) end()
    }
  }, [store, scheme])

  const go = (event: ReactPointerEvent<HTMLDivElement>): void => {
    const picture = shown.current
    if (!picture || (event.type === 'pointermove' && event.buttons !== 1)) return
    if (event.type === 'pointerdown') event.currentTarget.setPointerCapture(event.pointerId)
    const corner = event.currentTarget.getBoundingClientRect()
    void flow.setCenter(
      picture.area.x + (event.clientX - corner.left) / picture.scale,
      picture.area.y + (event.clientY - corner.top) / picture.scale,
      { zoom: flow.getZoom() },
    )
  }
  return (
    <div
      className="tl-minimap"
      style={{ width: WIDE, height: HIGH }}
      onPointerDown={go}
      onPointerMove={go}
      data-testid="minimap"
      aria-hidden="true"
    >
      <canvas ref={canvas} style={{ width: WIDE, height: HIGH }} />
      <div ref={frame} className="tl-minimap-window" />
    </div>
  )
}
