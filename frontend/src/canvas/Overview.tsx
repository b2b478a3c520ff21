import type { ReactElement } from 'react'
import { useEffect, useRef } from 'react'
import { ViewportPortal, useStoreApi } from '@xyflow/react'
import { useComputedColorScheme } from '@mantine/core'
import { shallow } from 'zustand/shallow'
import type { Ref } from '@/model/records.ts'
import { get, statuses, useStore } from '@/store/index.ts'
import { local, useLocal } from './local.ts'
import type { Frame } from './overview.ts'
import { paint, repaint } from './overview.ts'
import { coloursOf } from './palette-of-colours.ts'
import type { Colours } from './palette-of-colours.ts'

/** How much more than the window is drawn, to each side, in windows. */
const MARGIN = 0.6
/** Pictures larger than this are drawn coarser: memory, not speed, sets the end. */
const MOST_PIXELS = 12_000_000
const SETTLED = 110
const STATUS_PAUSE = 100

/** The canvas of the overview; stands while one looks from far. */
export function Overview(): ReactElement {
  return (
    <ViewportPortal>
      <Picture />
    </ViewportPortal>
  )
}

/** A component of its own, because React Flow mounts what is in its portal only later. */
function Picture(): ReactElement {
  const element = useRef<HTMLCanvasElement>(null)
  const flow = useStoreApi()
  const scheme = useComputedColorScheme()

  useEffect(() => {
    const canvas = element.current
    const pen = canvas?.getContext('2d')
    if (!canvas || !pen) return undefined
    const colours: Colours = coloursOf()
    let frame: Frame | undefined
    let drawnAt = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    let statusTimer: ReturnType<typeof setTimeout> | undefined
    let late = new Set<Ref>()

    const sight = () => {
      const { design, selection, ui } = get()
      const { scene, reach } = local()
      return { design, scene, selection, colours, checks: ui.checks, lit: reach?.links }
    }

    const draw = (): void => {
      clearTimeout(timer)
      timer = undefined
      const { transform, width, height } = flow.getState()
      const [x, y, zoom] = transform
      if (!width || !height) return
      const area = {
        x: (-x - width * MARGIN) / zoom,
        y: (-y - height * MARGIN) / zoom,
        width: (width * (1 + 2 * MARGIN)) / zoom,
        height: (height * (1 + 2 * MARGIN)) / zoom,
      }
      let scale = zoom * Math.min(2, window.devicePixelRatio || 1)
      const pixels = area.width * scale * area.height * scale
      if (pixels > MOST_PIXELS) scale *= Math.sqrt(MOST_PIXELS / pixels)
      const [across, down] = [Math.round(area.width * scale), Math.round(area.height * scale)]
      if (canvas.width !== across || canvas.height !== down) {
        canvas.width = across
        canvas.height = down
      }
      frame = { area, scale }
      drawnAt = zoom
      paint(pen, frame, sight())
      Object.assign(canvas.style, {
        left: `${area.x}px`,
        top: `${area.y}px`,
        width: `${area.width}px`,
        height: `${area.height}px`,
      })
    }
    const soon = (): void => {
      clearTimeout(timer)
      timer = setTimeout(draw, SETTLED)
    }
    const moved = (): void => {
      if (!frame) return
      const { transform, width, height } = flow.getState()
      const [x, y, zoom] = transform
      const { area } = frame
      const spare = Math.min(
        -x / zoom - area.x,
        -y / zoom - area.y,
        area.x + area.width - (width - x) / zoom,
        area.y + area.height - (height - y) / zoom,
      )
      // While the picture still covers the window there is nothing to hurry for, and while it
      // is of the right size and well covers it there is nothing to do at all.
      if (spare < 0) draw()
      else if (zoom !== drawnAt || spare * zoom < width * 0.2) soon()
    }

    draw()
    let { transform: last, width: wide, height: high } = flow.getState()
    const endings = [
      flow.subscribe(({ transform, width, height }) => {
        const resized = width !== wide || height !== high
        if (transform === last && !resized) return
        ;[last, wide, high] = [transform, width, height]
        // React Flow measures its window after we have mounted.
        if (resized) draw()
        else moved()
      }),
      useLocal.subscribe(
        (state) => [state.scene, state.reach] as const,
        () => draw(),
        { equalityFn: shallow },
      ),
      useStore.subscribe(
        (state) => [state.selection, state.ui.checks] as const,
        () => draw(),
        { equalityFn: shallow },
      ),
      statuses.subscribeAll((changed) => {
        for (const at of changed) late.add(at)
        statusTimer ??= setTimeout(() => {
          statusTimer = undefined
          const about = [...late]
          late = new Set()
          if (!frame) return
          if (about.length > 2000) draw()
          else repaint(pen, frame, sight(), about)
        }, STATUS_PAUSE)
      }),
    ]
    return () => {
      clearTimeout(timer)
      clearTimeout(statusTimer)
      for (const end of endings) end()
    }
  }, [flow, scheme])

  return <canvas ref={element} className="tl-overview" aria-hidden="true" />
}
