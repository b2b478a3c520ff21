/** What can be put on the canvas: by dragging, or by Enter onto the selected host. */

import type { PointerEvent as ReactPointerEvent, ReactElement } from 'react'
import { useEffect } from 'react'
import { Icon, KindIcon, kindColor } from '@/icons/index.tsx'
import type { Kind } from '@/model/records.ts'
import { titleOf } from '@/model/records.ts'
import { actions, get, hostForNew, useStore, useUi } from '@/store/index.ts'
import { toggleCheckTool } from './drawing-checks.ts'
import { place, placeFree } from './dropping.ts'
import { hostAt } from './geometry/index.ts'
import { local, setLocal, useLocal } from './local.ts'
import { view, viewElement } from './view.ts'

const GROUPS: readonly [string, readonly Kind[]][] = [
  ['Machines', ['host', 'container', 'router', 'vm']],
  ['Switching', ['bridge', 'network', 'trunk']],
  ['Between hosts', ['nic', 'segment']],
]

/** Further than this the pointer drags; nearer it clicks. */
const CLICK = 4

function Item({ kind }: { kind: Kind }): ReactElement {
  const spec = useStore((state) => state.kinds[kind])
  const title = spec?.title ?? kind

  const begin = (event: ReactPointerEvent<HTMLButtonElement>): void => {
    if (event.button !== 0) return
    const [x0, y0] = [event.clientX, event.clientY]
    let carrying = false
    const stop = new AbortController()
    const end = (): void => {
      stop.abort()
      setLocal({ carried: null, target: null })
    }
    window.addEventListener(
      'pointermove',
      (move) => {
        carrying ||= Math.hypot(move.clientX - x0, move.clientY - y0) > CLICK
        if (!carrying) return
        setLocal({ carried: { kind, x: move.clientX, y: move.clientY }, target: aim(kind, move) })
      },
      { signal: stop.signal },
    )
    window.addEventListener(
      'pointerup',
      (up) => {
        end()
        if (!carrying) return
        const point = over(up) ? view.planeAt(up.clientX, up.clientY) : undefined
        if (point) place(kind, point)
      },
      { signal: stop.signal },
    )
    window.addEventListener('pointercancel', end, { signal: stop.signal })
    window.addEventListener(
      'keydown',
      (key) => {
        if (key.key === 'Escape') end()
      },
      { signal: stop.signal },
    )
  }
  return (
    <button
      type="button"
      className="tl-palette-item"
      data-testid={`palette-${kind}`}
      title={spec?.help}
      onPointerDown={begin}
      onClick={(event) => {
        // A click by Enter or Space has no place; one by the pointer neither dragged nor dropped.
        if (event.detail === 0) placeFree(kind, hostForNew())
      }}
      onDoubleClick={() => placeFree(kind, hostForNew())}
    >
      <span className="tl-palette-icon" style={{ color: kindColor(kind) }}>
        <KindIcon kind={kind} size={18} />
      </span>
      {title}
    </button>
  )
}

/** Checks are drawn from node to node; by keyboard a dialog asks for both. */
function CheckTool(): ReactElement {
  const on = useUi((ui) => ui.tool === 'check')
  return (
    <section>
      <h2>Checks</h2>
      <button
        type="button"
        className="tl-palette-item"
        data-testid="palette-check"
        aria-pressed={on}
        title="What must reach what, or must not. Click, then drag from node to node (K)."
        onClick={(event) => {
          if (event.detail === 0) actions.openCheck(selectedNode())
          else toggleCheckTool()
        }}
      >
        <span className="tl-palette-icon" style={{ color: 'var(--tl-accent)' }}>
          <Icon name="reach" size={18} />
        </span>
        Check
      </button>
    </section>
  )
}

function selectedNode(): string | null {
  const [only] = get().selection
  return only?.startsWith('nodes/') === true ? only.slice('nodes/'.length) : null
}

const over = (event: PointerEvent): boolean => {
  const area = viewElement()?.getBoundingClientRect()
  return (
    area !== undefined &&
    event.clientX >= area.left &&
    event.clientX <= area.right &&
    event.clientY >= area.top &&
    event.clientY <= area.bottom
  )
}

function aim(kind: Kind, event: PointerEvent): string | null {
  if (kind === 'host' || kind === 'segment' || !over(event)) return null
  const point = view.planeAt(event.clientX, event.clientY)
  return (point && hostAt(local().base, point)) ?? null
}

export function Palette(): ReactElement {
  const goal = useStore((state) => {
    const host = hostForNew()
    return host === undefined ? undefined : titleOf(host, state.design.nodes[host])
  })
  return (
    <nav className="tl-palette" aria-label="Palette">
      {GROUPS.map(([title, kinds]) => (
        <section key={title}>
          <h2>{title}</h2>
          {kinds.map((kind) => (
            <Item key={kind} kind={kind} />
          ))}
        </section>
      ))}
      <CheckTool />
      <p className="tl-palette-hint">
        Drag onto the canvas. With the keyboard, Enter adds
        {goal === undefined ? ' to the selected host' : ` to ${goal}`}.
      </p>
    </nav>
  )
}

/** What is carried from the palette, at the pointer. */
export function Carried(): ReactElement | null {
  const carried = useLocal((state) => state.carried)
  const title = useStore((state) => (carried ? state.kinds[carried.kind]?.title : undefined))
  useEffect(() => {
    document.body.classList.toggle('tl-carrying', carried !== null)
  }, [carried])
  if (!carried) return null
  return (
    <div
      className="tl-carried"
      style={{ transform: `translate(${carried.x}px, ${carried.y}px)` }}
      aria-hidden="true"
    >
      <span style={{ color: kindColor(carried.kind) }}>
        <KindIcon kind={carried.kind} size={18} />
      </span>
      {title}
    </div>
  )
}
