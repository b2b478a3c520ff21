/** A button for something that can be asked of a VM; where it cannot be, it says why. */

import { Button, Tooltip } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Command } from '@/icons/index.tsx'
import { Icon } from '@/icons/index.tsx'
import type { Circumstances, VmActionName } from '@/model/vms.ts'
import { ACTION_WORDS, whyNotAct } from '@/model/vms.ts'
import { actions } from '@/store/index.ts'

const SIGNS: Readonly<Partial<Record<VmActionName, Command>>> = {
  start: 'play',
  resume: 'play',
  shutdown: 'power',
  reboot: 'restart',
  pause: 'pause',
  'force-off': 'forceOff',
}

const HELP: Readonly<Partial<Record<VmActionName, string>>> = {
  shutdown: 'Asks the guest: by its agent, or by the power button',
  reboot: 'Asks the guest to start anew',
  'force-off': 'As if its power failed',
  pause: 'It stands still and keeps its memory',
}

interface Props {
  id: string
  action: VmActionName
  seen: Circumstances
  /** What to do here before all else. */
  first?: boolean
  onAsked?: () => void
}

export function Act({ id, action, seen, first = false, onAsked }: Props): ReactElement {
  const why = whyNotAct(action, seen)
  const ask = (): void => {
    actions.askVm(id, action)
    onAsked?.()
  }
  return (
    <Tooltip label={why ?? HELP[action]} disabled={(why ?? HELP[action]) === undefined}>
      <Button
        size="compact-sm"
        variant={first ? 'filled' : 'default'}
        {...(action === 'force-off' && why === undefined ? { c: 'red' } : {})}
        leftSection={<Icon name={SIGNS[action] ?? 'play'} size={14} />}
        // Not the disabled attribute: the reason must be there for the keyboard too.
        aria-disabled={why !== undefined}
        data-disabled={why !== undefined || undefined}
        aria-description={why}
        onClick={why === undefined ? ask : undefined}
        data-testid={`act-${action}`}
      >
        {ACTION_WORDS[action]}
        {action === 'force-off' ? '…' : ''}
      </Button>
    </Tooltip>
  )
}
