/** A node on the canvas: everything but a host. */

import type { ReactElement } from 'react'
import { memo } from 'react'
import type { NodeProps } from '@xyflow/react'
import { KindIcon, kindColor, vlanColour } from '@/icons/index.tsx'
import { isVlanAware } from '@/model/proposing.ts'
import { ref, titleOf } from '@/model/records.ts'
import { actions, leasesOf, useFindingsAt, useNode, useStatus, useStore } from '@/store/index.ts'
import { FindingBadge, StateBadge } from './badges.tsx'
import type { DeviceNode } from './projection.ts'
import { Ports } from './Ports.tsx'
import { PowerLine } from './PowerLine.tsx'
import { SegmentStrip } from './SegmentStrip.tsx'
import { Forwarded } from './Forwarded.tsx'
import { ForwardStrip } from './ForwardStrip.tsx'
import { modeOf, subtitle } from './words.ts'
import { useLocal } from './local.ts'

export const Device = memo(function Device({
  id,
  data,
  selected,
  width = 0,
  height = 0,
}: NodeProps<DeviceNode>): ReactElement | null {
  const record = useNode(id)
  const at = ref('nodes', id)
  const status = useStatus(at)
  const findings = useFindingsAt(at)
  const small = useStore((state) => (record ? subtitle(state.design, id, record) : ''))
  const joinable = useLocal((state) =>
    state.connecting ? state.connecting.candidates.has(id) : undefined,
  )
  const lit = useLocal((state) => (state.reach ? state.reach.nodes.has(id) : undefined))
  const light = useLocal((state) =>
    state.reach?.nodes.has(id) === true ? vlanColour(state.reach.vlan) : undefined,
  )
  const holder = useStore(
    (state) => state.people.find((person) => person.selection.includes(at))?.color,
  )
  const leases = leasesOf(status)
  if (!record) return null
  return (
    <>
      <div
        className="tl-device"
        data-testid={`node-${id}`}
        data-node={id}
        data-kind={record.kind}
        data-aware={isVlanAware(record)}
        data-state={status?.state}
        data-selected={selected}
        data-joinable={joinable}
        data-off={record['running'] === false}
        data-dim={lit === undefined ? undefined : !lit}
        style={
          {
            '--tl-kind': kindColor(record.kind),
            ...(holder === undefined ? {} : { '--tl-holder': holder }),
            ...(light === undefined ? {} : { '--tl-lit': light }),
          } as React.CSSProperties
        }
        data-held={holder !== undefined}
      >
        <span className="tl-device-icon">
          <KindIcon kind={record.kind} size={20} />
        </span>
        <span className="tl-device-words">
          <span className="tl-device-head">
            <span className="tl-device-title">{titleOf(id, record)}</span>
            <Forwarded id={id} />
            {modeOf(record) ? <span className="tl-mode">{modeOf(record)}</span> : null}
          </span>
          {record.kind === 'vm' ? (
            <PowerLine id={id} status={status} small={small} leases={leases} />
          ) : (
            <span className="tl-device-small" title={small}>
              {small}
            </span>
          )}
        </span>
        {record.kind === 'segment' ? <SegmentStrip id={id} /> : null}
        {'forwards' in record ? <ForwardStrip id={id} node={record} /> : null}
        {status ? <StateBadge status={status} /> : null}
        <FindingBadge findings={findings} onClick={() => actions.focusOn(at)} />
      </div>
      <Ports
        node={id}
        kind={record.kind}
        ports={data.ports}
        width={width}
        height={height}
        extendable
      />
    </>
  )
})
