/** The others: their pointers, and what they are dragging, before it is dropped. */

import type { MouseEvent as ReactMouseEvent, ReactElement } from 'react'
import { useCallback, useEffect, useRef } from 'react'
import { ViewportPortal, useReactFlow, useStore as useFlow } from '@xyflow/react'
import type { Person } from '@/live/messages.ts'
import type { Ref } from '@/model/records.ts'
import { ref, splitRef } from '@/model/records.ts'
import { get, sendPresence, useStore } from '@/store/index.ts'
import { placing } from './geometry/index.ts'
import { local, useLocal } from './local.ts'

/** Milliseconds between two words about where the pointer is. */
const PAUSE = 80

/** Tells the others, if there are any, where the pointer is and what is selected and dragged. */
export function useSendPresence(): (event: ReactMouseEvent) => void {
  const flow = useReactFlow()
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const at = useRef<{ x: number; y: number } | null>(null)

  const soon = useCallback(() => {
    if (!get().people.length) return
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      const { drag } = local()
      const moving: Partial<Record<Ref, { x: number; y: number }>> = {}
      for (const [id, point] of [...drag].slice(0, 50))
        moving[ref('nodes', id)] = { x: Math.round(point.x), y: Math.round(point.y) }
      sendPresence({
        at: at.current,
        selection: [...get().selection].slice(0, 50),
        drag: drag.size ? moving : null,
      })
    }, PAUSE)
  }, [])

  useEffect(() => {
    const endings = [
      useStore.subscribe((state) => state.selection, soon),
      useLocal.subscribe((state) => state.drag, soon),
      // Who comes later learns what is selected already.
      useStore.subscribe((state) => state.people.length, soon),
    ]
    return () => {
      clearTimeout(timer.current)
      timer.current = undefined
      for (const end of endings) end()
    }
  }, [soon])

  return useCallback(
    (event: ReactMouseEvent) => {
      const point = flow.screenToFlowPosition(
        { x: event.clientX, y: event.clientY },
        { snapToGrid: false },
      )
      at.current = { x: Math.round(point.x), y: Math.round(point.y) }
      soon()
    },
    [flow, soon],
  )
}

export function Presence(): ReactElement | null {
  const people = useStore((state) => state.people)
  if (!people.length) return null
  return (
    <ViewportPortal>
      {people.map((person) => (
        <Pointer key={person.client} person={person} />
      ))}
    </ViewportPortal>
  )
}

function Pointer({ person }: { person: Person }): ReactElement {
  const scale = useFlow((state) => 1 / state.transform[2])
  const { boxes } = local().base
  const at = placing(boxes)
  return (
    <>
      {Object.entries(person.drag ?? {}).map(([one, point]) => {
        const id = splitRef(one as Ref)[1]
        const box = boxes.get(id)
        if (!box || !point) return null
        const corner = box.host === undefined ? { x: 0, y: 0 } : at(box.host)
        return (
          <div
            key={one}
            className="tl-ghost"
            style={{
              transform: `translate(${corner.x + point.x}px, ${corner.y + point.y}px)`,
              width: box.width,
              height: box.height,
              borderColor: person.color,
            }}
          />
        )
      })}
      {person.at ? (
        <div
          className="tl-pointer"
          style={{
            transform: `translate(${person.at.x}px, ${person.at.y}px) scale(${scale})`,
            color: person.color,
          }}
        >
          <svg width="16" height="18" viewBox="0 0 16 18" aria-hidden="true">
            <path d="M1 1l5.500 15 2.500-6.500L15.500 7z" fill="currentColor" stroke="#fff" />
          </svg>
          <span style={{ background: person.color }}>{person.name}</span>
        </div>
      ) : null}
    </>
  )
}
