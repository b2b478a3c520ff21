/** The tool that draws checks: what is on screen while it is in hand. */

import type { ReactElement, RefObject } from 'react'
import { useEffect } from 'react'
import { Button, Menu } from '@mantine/core'
import { ViewportPortal } from '@xyflow/react'
import { ExpectIcon } from '@/icons/index.tsx'
import type { Expect } from '@/model/checking.ts'
import { EXPECT_WORDS, actions, addressesAt, setUi, useStore, useUi } from '@/store/index.ts'
import { titleOf } from '@/model/records.ts'
import { drawChecks } from './drawing-checks.ts'
import { arrowOf, arrowTo } from './geometry/index.ts'
import { setLocal, useLocal } from './local.ts'

export function DrawingChecks({
  wrapper,
}: {
  wrapper: RefObject<HTMLDivElement | null>
}): ReactElement | null {
  const on = useUi((ui) => ui.tool === 'check')
  const begun = useLocal((state) => state.checking?.source)
  const title = useStore((state) =>
    begun === undefined ? '' : titleOf(begun, state.design.nodes[begun]),
  )
  useEffect(() => {
    const element = wrapper.current
    return on && element ? drawChecks(element) : undefined
  }, [on, wrapper])
  if (!on) return null
  return (
    <>
      <div className="tl-bar tl-check-hint" role="status" data-testid="check-tool">
        {begun === undefined
          ? 'Drag from who asks to who is asked.'
          : `From ${title}: to which node?`}
        <Button size="compact-xs" variant="default" onClick={() => setUi({ tool: 'cable' })}>
          Done
        </Button>
      </div>
      <Rubber />
      <Choice />
    </>
  )
}

/** The arrow under the pointer. */
function Rubber(): ReactElement | null {
  const path = useLocal(({ checking, scene }) => {
    if (!checking) return undefined
    const { source, over, point } = checking
    const arrow =
      over === null
        ? arrowTo(scene, source, point)
        : arrowOf(scene, { id: '', source, target: over, lane: 0 })
    return arrow?.path
  })
  if (path === undefined) return null
  return (
    <ViewportPortal>
      <svg className="tl-check-rubber" width={1} height={1} aria-hidden="true">
        <path className="tl-check tl-check-line" d={path} />
      </svg>
    </ViewportPortal>
  )
}

const EXPECTS: readonly Expect[] = ['reach', 'no-reach']

/** Must, or must not: the one thing that a drawn arrow does not say yet. */
function Choice(): ReactElement | null {
  const menu = useLocal((state) => state.checkMenu)
  const addressed = useStore(
    (state) => menu !== null && addressesAt(state.design, menu.target).length > 0,
  )
  if (!menu) return null
  const { source, target, screen } = menu
  const close = (): void => setLocal({ checkMenu: null })
  return (
    <Menu opened onClose={close} position="bottom-start" width={220} shadow="md" withinPortal>
      <Menu.Target>
        <span
          className="tl-menu-anchor"
          style={{ left: screen.x, top: screen.y }}
          aria-hidden="true"
        />
      </Menu.Target>
      <Menu.Dropdown data-testid="check-choice">
        {addressed ? (
          EXPECTS.map((expect) => (
            <Menu.Item
              key={expect}
              leftSection={<ExpectIcon expect={expect} size={16} />}
              data-testid={`choose-${expect}`}
              onClick={() => {
                close()
                actions.addCheck({ source, target, expect })
              }}
            >
              {EXPECT_WORDS[expect]}
            </Menu.Item>
          ))
        ) : (
          <Menu.Label>No address is drawn there</Menu.Label>
        )}
        <Menu.Divider />
        <Menu.Item
          onClick={() => {
            close()
            actions.openCheck(source, target)
          }}
        >
          With an address…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
