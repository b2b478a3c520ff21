/**
 * How a VLAN looks, everywhere the same: a colour and a stroke by its id, and the id itself. Eight
 * colours times five strokes, so that forty neighbours differ; nobody has to tell colours apart.
 */

import type { ReactElement } from 'react'

export const VLAN_COLOURS = 8

/** Strokes as SVG has them, for lines seven wide: whole, dashed, dotted, dash-dot, double. */
export const VLAN_DASHES = ['', '14 6', '2 8', '14 6 2 6', '26 5'] as const

/** Ids are mostly numbered in tens or hundreds: 10, 20, 30 must not fall on one colour. */
function rank(vlan: number): number {
  let left = vlan
  while (left >= 10 && left % 10 === 0) left /= 10
  return left
}

export const vlanSlot = (vlan: number): number => rank(vlan) % VLAN_COLOURS
export const vlanPattern = (vlan: number): number => rank(vlan) % VLAN_DASHES.length

/** A CSS variable of src/canvas/vlans.css. */
export const vlanColour = (vlan: number): string => `var(--tl-vlan-${vlanSlot(vlan)})`

/** The sign of a VLAN: a swatch of its colour and stroke, and its number. */
export function VlanChip({
  vlan,
  words = String(vlan),
}: {
  vlan: number
  words?: string
}): ReactElement {
  return (
    <span className="tl-vlan" style={{ '--tl-vlan': vlanColour(vlan) } as React.CSSProperties}>
      <span className="tl-vlan-swatch" data-pattern={vlanPattern(vlan)} aria-hidden="true" />
      {words}
    </span>
  )
}
