/** The menu's commands for VMs. What does not fit now is there, disabled, with the reason. */

import type { ReactElement } from 'react'
import { Menu } from '@mantine/core'
import type { Command } from '@/icons/index.tsx'
import { Icon } from '@/icons/index.tsx'
import type { VmActionName } from '@/model/vms.ts'
import { ACTION_WORDS, DESTRUCTIVE, whyNotAct } from '@/model/vms.ts'
import { actions, circumstances, get } from '@/store/index.ts'

const SIGNS: readonly [VmActionName, Command, boolean][] = [
  ['start', 'play', true],
  ['shutdown', 'power', true],
  ['reboot', 'restart', true],
  ['pause', 'pause', true],
  ['resume', 'play', true],
  ['force-off', 'forceOff', false],
  ['snapshot', 'camera', false],
  ['clone', 'copy', false],
]

export function VmItems({ ids }: { ids: readonly string[] }): ReactElement {
  const state = get()
  const several = ids.length > 1
  return (
    <>
      <Menu.Divider />
      {SIGNS.map(([action, icon, together]) => {
        if (several && !together) return null
        const why = ids.map((id) => whyNotAct(action, circumstances(state, id)))
        // Drawing a copy needs no hypervisor.
        const reason =
          action === 'clone' || why.some((one) => one === undefined) ? undefined : why[0]
        // One of the two is enough, but for several.
        if (!several && ['start', 'resume', 'pause'].includes(action) && reason !== undefined)
          if (action !== 'start' || reason.includes('resume')) return null
        return (
          <Menu.Item
            key={action}
            leftSection={<Icon name={icon} size={16} />}
            disabled={reason !== undefined}
            {...(DESTRUCTIVE.has(action) && reason === undefined ? { color: 'red' } : {})}
            title={reason}
            data-testid={`vm-${action}`}
            onClick={() => {
              const [only] = ids
              if (several || only === undefined) void actions.actOnVms(action, ids)
              else actions.askVm(only, action)
            }}
          >
            {several ? `${ACTION_WORDS[action]} ${ids.length} VMs` : words(action)}
          </Menu.Item>
        )
      })}
      <Menu.Divider />
    </>
  )
}

const words = (action: VmActionName): string => {
  if (action === 'snapshot') return 'Take a snapshot…'
  if (action === 'force-off') return 'Force off…'
  return action === 'clone' ? 'Clone VM' : ACTION_WORDS[action]
}
