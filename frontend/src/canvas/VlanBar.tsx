/** The VLANs of the lab, at the corner: each shows where it goes, under the pointer or for good. */

import type { ReactElement } from 'react'
import { useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { VlanChip } from '@/icons/index.tsx'
import { vlansIn } from '@/model/link-vlans.ts'
import { actions, useStore, useUi } from '@/store/index.ts'
import { hoverVlan } from './local.ts'

/** More than these are shown when asked for. */
const FIRST = 10

export function VlanBar(): ReactElement | null {
  const vlans = useStore(useShallow((state) => vlansIn(state.design)))
  const chosen = useUi((ui) => ui.vlan)
  const [all, setAll] = useState(false)
  if (!vlans.length) return null
  const shown = all ? vlans.slice(0, 200) : vlans.slice(0, FIRST)
  return (
    <div className="tl-bar tl-vlan-bar" role="group" aria-label="VLANs" data-testid="vlans">
      <span className="tl-vlan-bar-title" aria-hidden="true">
        VLAN
      </span>
      {shown.map((vlan) => (
        <button
          key={vlan}
          type="button"
          aria-pressed={chosen === vlan}
          aria-label={`Show where VLAN ${vlan} goes`}
          data-testid={`vlan-${vlan}`}
          onClick={() => actions.highlightVlan(vlan)}
          onPointerEnter={() => hoverVlan(vlan)}
          onPointerLeave={() => hoverVlan(null)}
        >
          <VlanChip vlan={vlan} />
        </button>
      ))}
      {vlans.length > FIRST ? (
        <button type="button" aria-expanded={all} onClick={() => setAll(!all)}>
          <span className="tl-vlan-bar-title">
            {all ? 'fewer' : `${vlans.length - FIRST} more`}
          </span>
        </button>
      ) : null}
    </div>
  )
}
