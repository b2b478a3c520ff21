/** What will be made of a trunk, drawn small: the NIC, what is cut from it, and where that goes. */

import type { ReactElement } from 'react'
import type { Access, TrunkView } from './access.ts'
import { carried, said } from './access.ts'

const WIDTH = 296
const ROW = 26
const MOST = 6
/** Left edges of the three columns. */
const [NIC, CUT, FAR] = [0, 92, 196]
const [NIC_WIDTH, CUT_WIDTH, FAR_WIDTH] = [62, 86, WIDTH - 196]

export function Picture({ view }: { view: TrunkView }): ReactElement | null {
  return view.mode === 'vlan-aware' ? <Aware view={view} /> : <Cut view={view} />
}

/** Sub-interfaces: a row each. */
function Cut({ view }: { view: TrunkView }): ReactElement | null {
  const all = view.access.filter((one) => one.becomes !== 'no-vlan' && one.becomes !== 'loose')
  if (all.length === 0) return null
  const rows = all.slice(0, MOST)
  const more = all.length - rows.length
  const height = rows.length * ROW + (more > 0 ? 16 : 0)
  const middle = (rows.length * ROW) / 2
  return (
    <Frame height={height} label={all.map(said).join('. ')}>
      {rows.map((one, index) => {
        const y = index * ROW + ROW / 2
        const bend = (NIC + NIC_WIDTH + CUT) / 2
        return (
          <g key={one.port}>
            <path d={`M${NIC + NIC_WIDTH} ${middle}H${bend}V${y}H${CUT}`} className="tl-made-line" />
            <path d={`M${CUT + CUT_WIDTH} ${y}H${FAR}`} className="tl-made-line" />
            <Box x={CUT} y={y} width={CUT_WIDTH} text={one.becomes === 'untagged' ? 'untagged' : one.name} tag />
            <Box x={FAR} y={y} width={FAR_WIDTH} text={leads(one)} />
          </g>
        )
      })}
      <Box x={NIC} y={middle} width={NIC_WIDTH} text={view.nic?.device ?? 'no NIC'} strong />
      {more > 0 && (
        <text x={CUT} y={height - 3} className="tl-made-more">
          and {more} more
        </text>
      )}
    </Frame>
  )
}

const leads = (one: Access): string =>
  one.becomes === 'itself' ? (one.addresses[0] ?? '') : (one.far?.title ?? '')

/** One VLAN-aware bridge: what is tagged and what is not on the line to it. */
function Aware({ view }: { view: TrunkView }): ReactElement {
  const { tagged, untagged } = carried(view)
  const bridge = view.access.find((one) => one.far !== undefined)?.far?.title
  const words = `tagged ${tagged}`
  const plain = untagged === 'none' ? 'nothing untagged' : `untagged ${untagged}`
  const y = 22
  return (
    <Frame
      height={44}
      label={`${view.nic?.device ?? 'The NIC'} becomes a port of ${bridge ?? 'a bridge yet to be connected'}: ${words}, ${plain}`}
    >
      <path d={`M${NIC + NIC_WIDTH} ${y}H${FAR}`} className="tl-made-line" />
      <Box x={NIC} y={y} width={NIC_WIDTH} text={view.nic?.device ?? 'no NIC'} strong />
      <text x={(NIC + NIC_WIDTH + FAR) / 2} y={y - 7} className="tl-made-text" textAnchor="middle">
        {cut(words, 22)}
      </text>
      <text x={(NIC + NIC_WIDTH + FAR) / 2} y={y + 15} className="tl-made-more" textAnchor="middle">
        {plain}
      </text>
      <Box x={FAR} y={y} width={FAR_WIDTH} text={bridge ?? 'no bridge yet'} />
    </Frame>
  )
}

function Frame(props: { height: number; label: string; children: React.ReactNode }): ReactElement {
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${props.height}`}
      width="100%"
      role="img"
      aria-label={`What will be made: ${props.label}`}
      data-testid="trunk-picture"
      className="tl-made"
    >
      {props.children}
    </svg>
  )
}

interface BoxProps {
  x: number
  y: number
  width: number
  text: string
  strong?: boolean
  tag?: boolean
}

function Box({ x, y, width, text, strong = false, tag = false }: BoxProps): ReactElement {
  return (
    <g className={strong ? 'tl-made-nic' : tag ? 'tl-made-tag' : 'tl-made-far'}>
      <rect x={x + 0.75} y={y - 10} width={width - 1.5} height={20} rx={tag ? 10 : 4} />
      <text x={x + width / 2} y={y + 4} textAnchor="middle" className="tl-made-text">
        <title>{text}</title>
        {cut(text, Math.floor((width - 8) / 6.2))}
      </text>
    </g>
  )
}

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`
