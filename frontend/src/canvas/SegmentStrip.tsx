/** On a segment: which VLANs pass, and between which hosts. */

import type { ReactElement } from 'react'
import { VlanChip } from '@/icons/index.tsx'
import { titleOf } from '@/model/records.ts'
import { shown } from '@/model/vlans.ts'
import { useDesign } from '@/store/index.ts'
import type { StripRow } from './strip.ts'
import { CHIPS, stripOf } from './strip.ts'

export function SegmentStrip({ id }: { id: string }): ReactElement | null {
  const design = useDesign()
  const { rows, more } = stripOf(design, id)
  if (!rows.length) return null
  const title = (host: string): string => titleOf(host, design.nodes[host])
  return (
    <ul className="tl-strip" data-testid={`passing-strip-${id}`}>
      {rows.map((row) => (
        <li key={row.vlans[0] ?? 'untagged'} data-alone={row.hosts.length < 2}>
          <span className="tl-vlan-list">
            <Vlans row={row} />
          </span>
          <span className="tl-strip-words">
            {row.hosts.length < 2
              ? `only ${row.hosts.map(title).join('')}`
              : row.hosts.map(title).join(' – ')}
          </span>
        </li>
      ))}
      {more > 0 ? (
        <li>
          <span className="tl-strip-words">and {more} more; the inspector has them all</span>
        </li>
      ) : null}
    </ul>
  )
}

function Vlans({ row: { vlans, untagged } }: { row: StripRow }): ReactElement {
  const [first] = vlans
  return (
    <>
      {untagged ? <span className="tl-vlan">untagged</span> : null}
      {vlans.length > CHIPS && first !== undefined ? (
        <VlanChip vlan={first} words={shown(vlans)} />
      ) : (
        vlans.map((vlan) => <VlanChip key={vlan} vlan={vlan} />)
      )}
    </>
  )
}
