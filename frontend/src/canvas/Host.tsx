/** A host on the canvas: a frame around what stands on it. */

import type { ReactElement } from 'react'
import { memo } from 'react'
import type { NodeProps } from '@xyflow/react'
import { NodeResizer, useStore as useFlow } from '@xyflow/react'
import { Icon, KindIcon } from '@/icons/index.tsx'
import type { Ref } from '@/model/records.ts'
import { ref, titleOf } from '@/model/records.ts'
import { indexOf } from '@/model/index-of.ts'
import { actions, get, statuses, useFindingsAt, useNode, useStatus, useStore, worst } from '@/store/index.ts'
import { useCallback, useSyncExternalStore } from 'react'
import { FindingBadge, StateBadge } from './badges.tsx'
import { GRID, snap } from './geometry/index.ts'
import type { HostNode } from './projection.ts'
import { Ports } from './Ports.tsx'
import { useLocal } from './local.ts'

/** The host's own status, else the worst of what stands on it; the worst of all where that is hidden. */
function useHostStatus(id: string, closed: boolean): ReturnType<typeof useStatus> {
  const own = useStatus(ref('nodes', id))
  const children = useStore((state) => indexOf(state.design).onHost.get(id))
  const subscribe = useCallback(
    (listener: () => void) =>
      statuses.subscribe((children ?? []).map((child): Ref => ref('nodes', child)), listener),
    [children],
  )
  const below = useSyncExternalStore(subscribe, () =>
    worst((children ?? []).map((child) => statuses.get(ref('nodes', child)))),
  )
  return closed ? worst([own, below]) : (own ?? below)
}

export const Host = memo(function Host({
  id,
  data,
  selected,
  width = 0,
  height = 0,
}: NodeProps<HostNode>): ReactElement | null {
  const record = useNode(id)
  const at = ref('nodes', id)
  const status = useHostStatus(id, data.far || data.collapsed)
  const findings = useFindingsAt(at)
  const place = useStore((state) => {
    const hypervisor = state.placement[id]
    if (hypervisor === undefined) return undefined
    const one = state.hypervisors.find((each) => each.id === hypervisor)
    return one ? `${one.name}${one.connected ? '' : ' (not connected)'}` : undefined
  })
  const count = useStore((state) => indexOf(state.design).onHost.get(id)?.length ?? 0)
  const aimed = useLocal((state) => state.target === id)
  const joinable = useLocal((state) =>
    state.connecting ? state.connecting.candidates.has(id) : undefined,
  )
  const holder = useStore(
    (state) => state.people.find((person) => person.selection.includes(at))?.color,
  )
  // Far out the name is drawn larger than the picture, so that one can still read and grip it.
  const scale = useFlow((state) =>
    data.far ? Math.min(9, Math.max(1, 0.66 / state.transform[2])) : 1,
  )
  if (!record) return null
  const title = titleOf(id, record)
  return (
    <>
      {selected && !data.collapsed ? (
        <NodeResizer
          minWidth={320}
          minHeight={192}
          lineClassName="tl-resize-line"
          handleClassName="tl-resize-handle"
          onResizeEnd={(_, box) => {
            const look = get().looks[at]
            actions.move(
              {
                [at]: {
                  ...look,
                  x: snap(box.x),
                  y: snap(box.y),
                  width: Math.round(box.width / GRID) * GRID,
                  height: Math.round(box.height / GRID) * GRID,
                },
              },
              `Resize ${title}`,
            )
          }}
        />
      ) : null}
      <div
        className="tl-host"
        data-testid={`node-${id}`}
        data-node={id}
        data-kind="host"
        data-state={status?.state}
        data-selected={selected}
        data-target={aimed}
        data-joinable={joinable}
        data-far={data.far}
        data-collapsed={data.collapsed}
        data-held={holder !== undefined}
        style={holder === undefined ? undefined : ({ '--tl-holder': holder } as React.CSSProperties)}
      >
        <div
          className="tl-host-head tl-host-grip"
          style={scale === 1 ? undefined : { transform: `scale(${scale})`, width: width / scale }}
        >
          <span className="tl-host-icon">
            <KindIcon kind="host" size={18} />
          </span>
          <span className="tl-host-words">
            <span className="tl-host-title">{title}</span>
            <span className="tl-host-small">
              {place ?? 'not placed'}
              {data.collapsed ? ` · ${count} inside` : ''}
            </span>
          </span>
          {status ? <StateBadge status={status} /> : null}
          <FindingBadge findings={findings} onClick={() => actions.focusOn(at)} />
          {data.far ? null : (
            <button
              type="button"
              className="tl-host-fold nodrag"
              title={data.collapsed ? 'Show what is inside' : 'Fold'}
              aria-label={data.collapsed ? `Unfold ${title}` : `Fold ${title}`}
              aria-expanded={!data.collapsed}
              onClick={() => {
                const box = useLocal.getState().base.boxes.get(id)
                actions.move(
                  {
                    [at]: {
                      x: box?.x ?? 0,
                      y: box?.y ?? 0,
                      ...get().looks[at],
                      collapsed: !data.collapsed,
                    },
                  },
                  data.collapsed ? `Unfold ${title}` : `Fold ${title}`,
                )
              }}
            >
              <Icon name={data.collapsed ? 'chevronRight' : 'chevronDown'} size={16} />
            </button>
          )}
        </div>
        {count === 0 && !data.far ? (
          <div className="tl-host-empty">Drop bridges, containers and VMs here</div>
        ) : null}
      </div>
      <Ports
        node={id}
        kind="host"
        ports={data.ports}
        width={width}
        height={height}
        extendable={!data.collapsed && !data.far}
      />
    </>
  )
})
