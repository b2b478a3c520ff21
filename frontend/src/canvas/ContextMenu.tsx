/** The menu under the right button: the commands for what is there, with their keys. */

import type { MouseEvent as ReactMouseEvent, ReactElement, ReactNode } from 'react'
import { useCallback, useState } from 'react'
import { Menu, Text } from '@mantine/core'
import { Icon } from '@/icons/index.tsx'
import { cablesOf } from '@/model/plugging.ts'
import { ref, splitRef } from '@/model/records.ts'
import type { Ref } from '@/model/records.ts'
import { actions, get, selectedVms, statuses } from '@/store/index.ts'
import { nodeAt } from './geometry/index.ts'
import { local } from './local.ts'
import { refOfEdge } from './projection.ts'
import { view } from './view.ts'
import { VmItems } from './VmItems.tsx'
import { arrangeAll } from './arranging.ts'

interface Open {
  x: number
  y: number
  at: Ref | undefined
}

const Key = ({ children }: { children: string }): ReactElement => (
  <Text span size="xs" c="dimmed">
    {children}
  </Text>
)

export function ContextMenu({ children }: { children: ReactNode }): ReactElement {
  const [open, setOpen] = useState<Open | null>(null)

  const onContextMenu = useCallback((event: ReactMouseEvent) => {
    if (!(event.target instanceof Element) || event.target.closest('input, textarea')) return
    if (!event.target.closest('.react-flow')) return
    event.preventDefault()
    const edge = event.target.closest<HTMLElement>('.react-flow__edge')?.dataset['id']
    const check = event.target.closest<HTMLElement>('[data-check]')?.dataset['check']
    const plane = view.planeAt(event.clientX, event.clientY)
    const node = plane && nodeAt(local().scene, plane)
    const at: Ref | undefined =
      check !== undefined
        ? ref('checks', check)
        : edge !== undefined
          ? refOfEdge(edge)
          : node !== undefined
            ? ref('nodes', node)
            : undefined
    if (at && !get().selection.has(at)) actions.select([at])
    setOpen({ x: event.clientX, y: event.clientY, at })
  }, [])

  const close = (): void => setOpen(null)
  const single = open?.at && get().selection.size <= 1 ? open.at : undefined
  const isNode = open?.at?.startsWith('nodes/') === true
  const cables = open?.at ? cablesOf(get().design, get().selection) : []
  const plugIn = cables.some((id) => get().design.links[id]?.plugged === false)
  const vm = single === undefined ? undefined : standingVm(single)
  const vms = open ? selectedVms(get()) : []
  const checks = [...get().selection].flatMap((at) => {
    const [table, id] = splitRef(at)
    return table === 'checks' ? [id] : []
  })
  return (
    <div className="tl-context" onContextMenu={onContextMenu}>
      {children}
      {open ? (
        <Menu
          opened
          onClose={close}
          position="bottom-start"
          width={230}
          shadow="md"
          withinPortal
          middlewares={{ flip: true, shift: { crossAxis: true, padding: 8 } }}
        >
          <Menu.Target>
            <span
              className="tl-menu-anchor"
              style={{ left: open.x, top: open.y }}
              aria-hidden="true"
            />
          </Menu.Target>
          <Menu.Dropdown mah="calc(100dvh - 16px)" style={{ overflowY: 'auto' }}>
            {isNode ? (
              <>
                {single ? (
                  <Menu.Item
                    leftSection={<Icon name="link" size={16} />}
                    rightSection={<Key>C</Key>}
                    onClick={() => actions.openConnect({ node: single.slice('nodes/'.length) })}
                  >
                    Connect to…
                  </Menu.Item>
                ) : null}
                {single ? (
                  <Menu.Item
                    leftSection={<Icon name="reach" size={16} />}
                    onClick={() => actions.openCheck(single.slice('nodes/'.length))}
                  >
                    Add check…
                  </Menu.Item>
                ) : null}
                {vm === undefined ? null : (
                  <Menu.Item
                    leftSection={<Icon name="terminal" size={16} />}
                    rightSection={<Key>T</Key>}
                    onClick={() => actions.openConsole(vm)}
                  >
                    Open console
                  </Menu.Item>
                )}
                {vm !== undefined && get().design.nodes[vm]?.['graphics'] === 'vnc' ? (
                  <Menu.Item
                    leftSection={<Icon name="screen" size={16} />}
                    onClick={() => actions.openConsole(vm, 'graphics')}
                  >
                    Open screen
                  </Menu.Item>
                ) : null}
                <Menu.Item
                  leftSection={<Icon name="copy" size={16} />}
                  rightSection={<Key>Ctrl C</Key>}
                  onClick={() => actions.copy()}
                >
                  Copy
                </Menu.Item>
                <Menu.Item
                  leftSection={<Icon name="plus" size={16} />}
                  rightSection={<Key>Ctrl D</Key>}
                  onClick={() => actions.duplicate()}
                >
                  Duplicate with links
                </Menu.Item>
                <Menu.Item
                  leftSection={<Icon name="fit" size={16} />}
                  rightSection={<Key>Shift F</Key>}
                  onClick={view.fitSelection}
                >
                  Zoom to it
                </Menu.Item>
              </>
            ) : null}
            {isNode && vms.length ? <VmItems ids={vms} /> : null}
            {checks.length ? (
              <Menu.Item
                leftSection={<Icon name="play" size={16} />}
                onClick={() => void actions.runChecks(checks)}
              >
                {checks.length === 1 ? 'Run this check' : `Run ${checks.length} checks`}
              </Menu.Item>
            ) : null}
            {cables.length ? (
              <Menu.Item
                leftSection={<Icon name={plugIn ? 'plugged' : 'unplugged'} size={16} />}
                rightSection={<Key>U</Key>}
                onClick={() => actions.plug(get().selection)}
              >
                {plugIn ? 'Plug in' : 'Unplug'} {cables.length === 1 ? 'cable' : `${cables.length} cables`}
              </Menu.Item>
            ) : null}
            {open.at ? (
              <Menu.Item
                color="red"
                leftSection={<Icon name="trash" size={16} />}
                rightSection={<Key>Del</Key>}
                onClick={actions.removeSelected}
              >
                Delete
              </Menu.Item>
            ) : null}
            {open.at ? <Menu.Divider /> : null}
            <Menu.Item
              leftSection={<Icon name="paste" size={16} />}
              rightSection={<Key>Ctrl V</Key>}
              onClick={actions.paste}
            >
              Paste
            </Menu.Item>
            <Menu.Item rightSection={<Key>Ctrl A</Key>} onClick={actions.selectAll}>
              Select all
            </Menu.Item>
            <Menu.Item
              leftSection={<Icon name="layout" size={16} />}
              rightSection={<Key>L</Key>}
              onClick={() => void arrangeAll().then((done) => done && view.fit())}
            >
              Automatic layout
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ) : null}
    </div>
  )
}

/** The VM there, if it is deployed: then it has a console. */
function standingVm(at: Ref): string | undefined {
  const [table, id] = splitRef(at)
  const vm = table === 'nodes' && get().design.nodes[id]?.kind === 'vm'
  return vm && statuses.get(at) ? id : undefined
}
