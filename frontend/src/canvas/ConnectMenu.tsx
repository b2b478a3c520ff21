/** Where a cable was dropped on nothing: what could stand there at its other end. */

import type { ReactElement } from 'react'
import { Menu } from '@mantine/core'
import { KindIcon, kindColor } from '@/icons/index.tsx'
import { apply } from '@/model/edits.ts'
import * as build from '@/model/building.ts'
import type { Fields, Kind } from '@/model/records.ts'
import { KINDS } from '@/model/records.ts'
import { actions, useStore, whyNot } from '@/store/index.ts'
import { clamped, placing, snap } from './geometry/index.ts'
import { local, setLocal, useLocal } from './local.ts'

export function ConnectMenu(): ReactElement | null {
  const menu = useLocal((state) => state.menu)
  const design = useStore((state) => state.design)
  const kinds = useStore((state) => state.kinds)
  if (!menu) return null
  const close = (): void => setLocal({ menu: null })

  const possible = KINDS.filter((kind) => {
    if (kind === 'host') return false
    const onHost = kinds[kind]?.on_host === true
    if (onHost && menu.host === undefined) return false
    const given: Fields = onHost && menu.host !== undefined ? { host: menu.host } : {}
    const made = build.addNode(design, kinds, kind, given)
    return whyNot(apply(design, made.edit), menu.from, { node: made.id }) === undefined
  })
  const add = (kind: Kind): void => {
    const onHost = kinds[kind]?.on_host === true
    const { base } = local()
    const [x, y] = [menu.at.x - 88, menu.at.y - 24]
    if (onHost && menu.host !== undefined) {
      const corner = placing(base.boxes)(menu.host)
      actions.addConnected(kind, menu.from, {
        host: menu.host,
        look: clamped({ x: x - corner.x, y: y - corner.y }),
      })
    } else actions.addConnected(kind, menu.from, { look: { x: snap(x), y: snap(y) } })
    close()
  }
  return (
    <Menu opened onClose={close} position="bottom-start" width={210} shadow="md" withinPortal>
      <Menu.Target>
        <span
          className="tl-menu-anchor"
          style={{ left: menu.screen.x, top: menu.screen.y }}
          aria-hidden="true"
        />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{possible.length ? 'Add and connect' : 'Nothing here can be connected'}</Menu.Label>
        {possible.map((kind) => (
          <Menu.Item
            key={kind}
            leftSection={<KindIcon kind={kind} size={16} color={kindColor(kind)} />}
            onClick={() => add(kind)}
          >
            {kinds[kind]?.title ?? kind}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item
          onClick={() => {
            close()
            actions.openConnect(menu.from)
          }}
        >
          Choose from a list…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
