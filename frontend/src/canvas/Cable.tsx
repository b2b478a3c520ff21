/** A link on the canvas, in the colour and stroke of what was observed of it. */

import type { ReactElement } from 'react'
import { memo, useCallback, useSyncExternalStore } from 'react'
import type { EdgeProps } from '@xyflow/react'
import { Position } from '@xyflow/react'
import type { Status } from '@/live/messages.ts'
import {
  STATE_PATHS,
  STATE_WORDS,
  UNPLUGGED,
  VLAN_DASHES,
  vlanColour,
  vlanPattern,
} from '@/icons/index.tsx'
import { linkVlans } from '@/model/link-vlans.ts'
import { nodeOf, ref, titleOf } from '@/model/records.ts'
import type { Design, LinkRecord } from '@/model/records.ts'
import { shown } from '@/model/vlans.ts'
import { get, statuses, useFindingsAt, useLink, useLinkStatus, useStore } from '@/store/index.ts'
import type { LabelLine } from './cable-label.ts'
import { fitted } from './cable-label.ts'
import type { Side } from './geometry/index.ts'
import { curve, roomOf } from './geometry/index.ts'
import { useLocal } from './local.ts'
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
  const ends = {
    from: { x: sourceX + INWARD[fromSide][0], y: sourceY + INWARD[fromSide][1] },
    fromSide,
    to: { x: targetX + INWARD[toSide][0], y: targetY + INWARD[toSide][1] },
    toSide,
  }
  const { path, middle } = curve(ends)
  const { width, height } = roomOf(ends)
  return (
    <Drawn
      id={id}
      link={link}
      path={path}
      x={middle.x}
      y={middle.y}
      width={width}
      height={height}
      selected={selected}
    />
  )
})

function Drawn({
  id,
  link,
  path,
  x,
  y,
  width,
  height,
  selected,
}: {
  id: string
  link: LinkRecord
  path: string
  x: number
  y: number
  /** The room for words between its boxes. */
  width: number
  height: number
  selected: boolean | undefined
}): ReactElement {
  const status = useLinkStatus(id, link)
  const findings = useFindingsAt(ref('links', id))
  const state = status?.state
  const observed = useObservedLabel(id, link)
  // Below each other: cables that end side by side leave no room for one long line.
  const access = useStore((store) => linkVlans(store.design).get(id)?.access)
  const carried = useStore((store) => {
    const tagged = linkVlans(store.design).get(id)?.tagged
    return tagged?.size ? shown(tagged) : ''
  })
  const told = useStore((store) => isTold(store.design, link))
  const lit = useLocal(({ reach }) => (reach ? reach.links.has(id) : undefined))
  const [tap = '', mac = ''] = observed.split(' · ')
  const all: LabelLine[] = [
    { text: link.label },
    { text: tap, style: 'tl-cable-observed' },
    { text: mac, style: 'tl-cable-observed', least: true },
    { text: told || carried === '' ? '' : `VLAN ${carried}`, style: 'tl-cable-tag' },
    {
      text: told || access === undefined ? '' : String(access),
      style: 'tl-cable-tag tl-cable-access',
    },
  ]
  const { design } = get()
  const [a, b] = [nodeOf(link.a), nodeOf(link.b)]
  const words =
    `${titleOf(a, design.nodes[a])} (${link.a}) – ${titleOf(b, design.nodes[b])} (${link.b})` +
    (access === undefined ? '' : `, VLAN ${access}`) +
    (carried === '' ? '' : `, tagged VLAN ${carried}`) +
    (observed === '' ? '' : `, ${observed}`) +
    (link.plugged ? '' : ', unplugged') +
    (status ? `: ${STATE_WORDS[status.state]}${status.detail ? `, ${status.detail}` : ''}` : '')
  const faulty = findings[0]
  const marked = state !== undefined && state !== 'ok'
  const aside = link.plugged ? 0 : 22
  const { lines, foot } = fitted(
    all.filter((line) => line.text !== ''),
    { width, height },
    marked || faulty !== undefined || !link.plugged,
  )
  return (
    <g
      className="tl-cable"
      data-testid={`link-${id}`}
      data-state={state}
      data-plugged={link.plugged}
      data-selected={selected}
      data-finding={faulty?.severity}
      data-dim={lit === undefined ? undefined : !lit}
    >
      <title>{words}</title>
      <path className="tl-cable-hit" d={path} />
      <VlanStroke path={path} access={access} trunk={carried !== ''} />
      <path className="tl-cable-line" d={path} pathLength={link.plugged ? undefined : 100} />
      {link.plugged ? null : (
        <g className="tl-cable-plug" transform={`translate(${x} ${y})`}>
          <circle r={12} />
          <path d={UNPLUGGED} transform="translate(-10.8 -10.8) scale(.9)" />
        </g>
      )}
      {marked || faulty ? (
        <g className="tl-cable-mark" transform={`translate(${x + aside} ${y})`}>
          <circle r={8} />
          <path
            d={marked ? STATE_PATHS[state] : 'M12 5v9 M12 18.500h.01'}
            transform="translate(-6 -6) scale(.5)"
          />
        </g>
      ) : null}
      {lines.length > 0 ? (
        <text className="tl-cable-label" y={y + foot}>
          {lines.map(({ text, style }, index) => (
            <tspan
              key={`${index} ${text}`}
              x={x}
              dy={index === 0 ? `${-1.15 * (lines.length - 1)}em` : '1.15em'}
              className={style}
            >
              {text}
            </tspan>
          ))}
        </text>
      ) : null}
    </g>
  )
}

/** Whether one end says its VLANs itself: a trunk, or a port with a number of its own. */
const isTold = (design: Design, { a, b }: LinkRecord): boolean =>
  [a, b].some((end) => {
    const port = design.interfaces[end]
    const numbered = port !== undefined && (port.vlan !== null || port.tagged.length > 0)
    return numbered || design.nodes[nodeOf(end)]?.kind === 'trunk'
  })

/** Below the cable itself, whose colour is that of what was observed. */
function VlanStroke({
  path,
  access,
  trunk,
}: {
  path: string
  access: number | undefined
  trunk: boolean
}): ReactElement | null {
  if (trunk)
    return (
      <>
        <path className="tl-cable-pipe" d={path} />
        <path className="tl-cable-pipe-core" d={path} />
      </>
    )
  if (access === undefined) return null
  const pattern = vlanPattern(access)
  return (
    <g style={{ '--tl-vlan': vlanColour(access) } as React.CSSProperties}>
      <path
        className="tl-cable-vlan"
        data-pattern={pattern}
        strokeDasharray={VLAN_DASHES[pattern]}
        d={path}
      />
      {pattern === DOUBLE ? <path className="tl-cable-vlan-core" d={path} /> : null}
    </g>
  )
}

const DOUBLE = VLAN_DASHES.length - 1
