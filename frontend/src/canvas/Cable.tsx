/** A link on the canvas, in the colour and stroke of what was observed of it. */

import type { ReactElement } from 'react'
import { memo, useCallback, useSyncExternalStore } from 'react'
import type { EdgeProps } from '@xyflow/react'
import { Position } from '@xyflow/react'
import type { Status } from '@/live/messages.ts'
import { STATE_PATHS, STATE_WORDS } from '@/icons/index.tsx'
import { nodeOf, ref, titleOf } from '@/model/records.ts'
import type { LinkRecord } from '@/model/records.ts'
import { get, statuses, useFindingsAt, useLink, useLinkStatus } from '@/store/index.ts'
import type { Side } from './geometry/index.ts'
import { curve } from './geometry/index.ts'
import { HANDLE, type CableEdge } from './projection.ts'

const SIDE: Readonly<Record<Position, Side>> = {
  [Position.Top]: 'top',
  [Position.Right]: 'right',
  [Position.Bottom]: 'bottom',
  [Position.Left]: 'left',
}
const HALF = HANDLE / 2
/** React Flow ends a line at the outer rim of a handle; a cable ends in its middle. */
const INWARD: Readonly<Record<Side, readonly [number, number]>> = {
  top: [0, HALF],
  right: [-HALF, 0],
  bottom: [0, -HALF],
  left: [HALF, 0],
}

const fact = (status: Status | undefined, name: string): string | undefined => {
  const value = status?.facts[name]
  return typeof value === 'string' && value ? value : undefined
}

/** The tap and the MAC that belongs to it, where the kernel has told. */
export function observedLabel(id: string, link: LinkRecord): string {
  const all = [ref('links', id), ref('interfaces', link.a), ref('interfaces', link.b)].map((at) =>
    statuses.get(at),
  )
  const tap = all.map((one) => fact(one, 'tap')).find(Boolean)
  if (tap === undefined) return ''
  const mac = all
    .map((one) => (fact(one, 'tap') === undefined ? undefined : fact(one, 'mac')))
    .concat(all.map((one) => fact(one, 'mac')))
    .find(Boolean)
  return mac === undefined ? tap : `${tap} · ${mac}`
}

function useObservedLabel(id: string, link: LinkRecord): string {
  const subscribe = useCallback(
    (listener: () => void) =>
      statuses.subscribe(
        [ref('links', id), ref('interfaces', link.a), ref('interfaces', link.b)],
        listener,
      ),
    [id, link.a, link.b],
  )
  return useSyncExternalStore(subscribe, () => observedLabel(id, link))
}

export const Cable = memo(function Cable({
  id,
  sourceX,
  sourceY,
  targetX,
  targetY,
  sourcePosition,
  targetPosition,
  selected,
}: EdgeProps<CableEdge>): ReactElement | null {
  const link = useLink(id)
  if (!link) return null
  const [fromSide, toSide] = [SIDE[sourcePosition], SIDE[targetPosition]]
  const { path, middle } = curve({
    from: { x: sourceX + INWARD[fromSide][0], y: sourceY + INWARD[fromSide][1] },
    fromSide,
    to: { x: targetX + INWARD[toSide][0], y: targetY + INWARD[toSide][1] },
    toSide,
  })
  return <Drawn id={id} link={link} path={path} x={middle.x} y={middle.y} selected={selected} />
})

function Drawn({
  id,
  link,
  path,
  x,
  y,
  selected,
}: {
  id: string
  link: LinkRecord
  path: string
  x: number
  y: number
  selected: boolean | undefined
}): ReactElement {
  const status = useLinkStatus(id, link)
  const findings = useFindingsAt(ref('links', id))
  const state = status?.state
  const observed = useObservedLabel(id, link)
  // Below each other: cables that end side by side leave no room for one long line.
  const lines = [link.label, ...observed.split(' · ')].filter((line) => line !== '')
  const { design } = get()
  const [a, b] = [nodeOf(link.a), nodeOf(link.b)]
  const words =
    `${titleOf(a, design.nodes[a])} (${link.a}) – ${titleOf(b, design.nodes[b])} (${link.b})` +
    (status ? `: ${STATE_WORDS[status.state]}${status.detail ? `, ${status.detail}` : ''}` : '')
  const faulty = findings[0]
  const marked = state !== undefined && state !== 'ok'
  return (
    <g
      className="tl-cable"
      data-testid={`link-${id}`}
      data-state={state}
      data-selected={selected}
      data-finding={faulty?.severity}
    >
      <title>{words}</title>
      <path className="tl-cable-hit" d={path} />
      <path className="tl-cable-line" d={path} />
      {marked || faulty ? (
        <g className="tl-cable-mark" transform={`translate(${x} ${y})`}>
          <circle r={8} />
          <path
            d={marked ? STATE_PATHS[state] : 'M12 5v9 M12 18.500h.01'}
            transform="translate(-6 -6) scale(.5)"
          />
        </g>
      ) : null}
      {lines.length > 0 ? (
        <text className="tl-cable-label" y={marked || faulty ? y - 13 : y - 4}>
          {lines.map((line, index) => (
            <tspan
              key={line}
              x={x}
              dy={index === 0 ? `${-1.15 * (lines.length - 1)}em` : '1.15em'}
              className={line === link.label ? undefined : 'tl-cable-observed'}
            >
              {line}
            </tspan>
          ))}
        </text>
      ) : null}
    </g>
  )
}
