/** The handles of a node: one for each interface, and one that makes a new interface. */

import type { CSSProperties, ReactElement } from 'react'
import { memo } from 'react'
import { Handle, Position } from '@xyflow/react'
import { VlanChip } from '@/icons/index.tsx'
import type { InterfaceRecord } from '@/model/records.ts'
import { interfaceTitle, ref } from '@/model/records.ts'
import { idsOf, shown } from '@/model/vlans.ts'
import { actions, useInterface, useStatus } from '@/store/index.ts'
import type { Port, Side } from './geometry/index.ts'
import { hoverVlan } from './local.ts'
import { plusPlace } from './projection.ts'

const POSITION: Readonly<Record<Side, Position>> = {
  top: Position.Top,
  right: Position.Right,
  bottom: Position.Bottom,
  left: Position.Left,
}

/** More names than this on one node would lie over each other. */
const CROWD = 6

const InterfacePort = memo(function InterfacePort({
  port,
  id,
  named,
}: {
  port: Port
  id: string
  /** When its name is shown: always, with the node, or only for itself among many. */
  named: 'always' | 'node' | 'alone'
}): ReactElement {
  const record = useInterface(id)
  const status = useStatus(ref('interfaces', id))
  const name = interfaceTitle(id, record)
  const words = [name, ...vlanWords(record), ...(record?.addresses ?? []), record?.mac ?? undefined]
    .filter(Boolean)
    .join(' · ')
  return (
    <Handle
      type="source"
      id={port.handle}
      position={POSITION[port.side]}
      className="tl-port"
      style={{ left: port.x, top: port.y }}
      title={words}
      role="img"
      aria-label={`Interface ${words}`}
      data-testid={`handle-${id}`}
      data-linked={port.linked}
      data-state={status?.state}
      onClick={(event) => {
        event.stopPropagation()
        actions.select([ref('interfaces', id)])
      }}
    >
      <PortVlan record={record} side={port.side} />
      <span className="tl-port-name" data-side={port.side} data-named={named}>
        {name}
      </span>
    </Handle>
  )
})

function vlanWords(record: InterfaceRecord | undefined): string[] {
  const tagged = idsOf(record?.tagged)
  return [
    ...(record?.vlan == null ? [] : [`VLAN ${record.vlan}`]),
    ...(tagged.length ? [`tagged VLAN ${shown(tagged)}`] : []),
  ]
}

/** The VLAN of an access port, and the ones that pass it tagged. */
function PortVlan({
  record,
  side,
}: {
  record: InterfaceRecord | undefined
  side: Side
}): ReactElement | null {
  const tagged = idsOf(record?.tagged)
  const vlan = record?.vlan ?? tagged[0]
  if (vlan === undefined) return null
  const list = tagged.length ? `${shown(tagged)} tagged` : ''
  const words = record?.vlan == null ? list : [String(record.vlan), list].filter(Boolean).join(', ')
  return (
    <span
      className="tl-port-vlan"
      data-side={side}
      data-tagged={tagged.length > 0}
      onPointerEnter={() => hoverVlan(vlan)}
      onPointerLeave={() => hoverVlan(null)}
    >
      <VlanChip vlan={vlan} words={words} />
    </span>
  )
}

function HiddenPort({ port }: { port: Port }): ReactElement {
  return (
    <Handle
      type="source"
      id={port.handle}
      position={POSITION[port.side]}
      isConnectable={false}
      className="tl-port"
      data-linked="true"
      style={{ left: port.x, top: port.y }}
    />
  )
}

export const Ports = memo(function Ports({
  node,
  kind,
  ports,
  width,
  height,
  extendable,
}: {
  node: string
  kind: string
  ports: readonly Port[]
  width: number
  height: number
  extendable: boolean
}): ReactElement {
  const plus = plusPlace({ kind, width, height })
  const style: CSSProperties = { left: plus.x, top: plus.y }
  return (
    <>
      {ports.map((port) =>
        port.interface === undefined ? (
          <HiddenPort key={port.handle} port={port} />
        ) : (
          <InterfacePort
            key={port.handle}
            port={port}
            id={port.interface}
            named={kind === 'host' ? 'always' : ports.length > CROWD ? 'alone' : 'node'}
          />
        ),
      )}
      {extendable ? (
        <Handle
          type="source"
          id={`new:${node}`}
          position={Position.Bottom}
          className="tl-plus"
          style={style}
          title="Drag to connect; click to choose from a list"
          role="img"
          aria-label="Connect"
          data-testid={`handle-new-${node}`}
          onClick={(event) => {
            event.stopPropagation()
            actions.openConnect({ node })
          }}
        />
      ) : null}
    </>
  )
})
