/** What can be done to a VM now, what is being done to it, and its snapshots. */

import { Alert, Box, Button, Group, Stack, Text, Tooltip } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Command } from '@/icons/index.tsx'
import { Icon, PowerIcon } from '@/icons/index.tsx'
import type { VmAction } from '@/live/messages.ts'
import { ref } from '@/model/records.ts'
import type { Circumstances, VmActionName } from '@/model/vms.ts'
import { ACTION_WORDS, DOING, POWER_WORDS, isOpen, powerOf, whyNotAct } from '@/model/vms.ts'
import { actions, circumstances, useStatus, useStore } from '@/store/index.ts'
import { useShallow } from 'zustand/react/shallow'
import { ago } from '../ago.ts'
import { useMoment } from '../useMoment.ts'
import { Snapshots } from './Snapshots.tsx'

const SIGNS: Readonly<Partial<Record<VmActionName, Command>>> = {
  start: 'play',
  resume: 'play',
  shutdown: 'power',
  reboot: 'restart',
  pause: 'pause',
  'force-off': 'forceOff',
}

/** One button stands for the two that are never possible together. */
const FIRST = (now: Circumstances): VmActionName =>
  ['paused', 'stuck'].includes(powerOf(now.status) ?? '') ? 'resume' : 'start'

export function Lifecycle({ id }: { id: string }): ReactElement | null {
  const status = useStatus(ref('nodes', id))
  const now = useStore(useShallow((state) => circumstances(state, id)))
  const seen = { ...now, status }
  const power = powerOf(status)
  if (power === undefined && !now.last) return null
  const offered: VmActionName[] = [FIRST(seen), 'shutdown', 'reboot', 'pause', 'force-off']
  return (
    <Stack gap="xs" component="section" aria-label="Power" data-testid="lifecycle">
      <Group gap={6} wrap="nowrap" justify="space-between">
        <Text size="sm" fw={600}>
          Power
        </Text>
        {power !== undefined && (
          <Text size="sm" component="span" className="tl-power" data-power={power} data-testid="power">
            <PowerIcon power={power} size={13} />
            {POWER_WORDS[power]}
          </Text>
        )}
      </Group>
      <Group gap={6}>
        {offered.map((action) => (
          <Act key={action} id={id} action={action} why={whyNotAct(action, seen)} />
        ))}
        <Tooltip label="A VM like it, beside it, whose disk starts as this one is now">
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<Icon name="copy" size={14} />}
            onClick={() => void actions.cloneVm(id)}
            data-testid="act-clone"
          >
            Clone VM
          </Button>
        </Tooltip>
      </Group>
      {now.last && <Last id={id} action={now.last} />}
      <Snapshots id={id} now={seen} />
    </Stack>
  )
}

function Act({
  id,
  action,
  why,
}: {
  id: string
  action: VmActionName
  why: string | undefined
}): ReactElement {
  return (
    <Tooltip label={why ?? HELP[action]} disabled={(why ?? HELP[action]) === undefined}>
      <Button
        size="compact-sm"
        variant="default"
        {...(action === 'force-off' && why === undefined ? { c: 'red' } : {})}
        leftSection={<Icon name={SIGNS[action] ?? 'play'} size={14} />}
        // Not the disabled attribute: the reason must be there for the keyboard too.
        aria-disabled={why !== undefined}
        data-disabled={why !== undefined || undefined}
        aria-description={why}
        onClick={why === undefined ? () => actions.askVm(id, action) : undefined}
        data-testid={`act-${action}`}
      >
        {ACTION_WORDS[action]}
        {action === 'force-off' ? '…' : ''}
      </Button>
    </Tooltip>
  )
}

const HELP: Readonly<Partial<Record<VmActionName, string>>> = {
  shutdown: 'Asks the guest: by its agent, or by the power button',
  reboot: 'Asks the guest to start anew',
  'force-off': 'As if its power failed',
  pause: 'It stands still and keeps its memory',
}

/** What was asked last: under way with its time, or why it did not come about. */
function Last({ id, action }: { id: string; action: VmAction }): ReactElement | null {
  const moment = useMoment(1000)
  if (isOpen(action)) {
    const seconds = Math.max(0, Math.round((moment - new Date(action.created).getTime()) / 1000))
    return (
      <Group gap={6} wrap="nowrap" align="flex-start" className="tl-vm-busy" role="status" data-testid="vm-busy">
        <Box component="span" c="var(--tl-state-applying)" display="flex" mt={2}>
          <Icon name="restart" size={14} />
        </Box>
        <Text size="sm">
          {DOING[action.action]}
          {action.by ? `, as ${action.by.name} asked` : ''}. {action.message}{' '}
          <Text span c="dimmed" size="xs">
            {seconds} s
          </Text>
        </Text>
      </Group>
    )
  }
  if (action.state === 'done') return null
  return (
    <Alert
      color={action.state === 'failed' ? 'red' : 'yellow'}
      p="xs"
      title={`${ACTION_WORDS[action.action]} ${action.state === 'failed' ? 'failed' : 'is uncertain'}, ${ago(action.finished, moment)}`}
      withCloseButton
      closeButtonLabel="Dismiss"
      onClose={() => actions.dismissVmAction(id)}
      data-testid="vm-failed"
    >
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {action.message} {action.advice}
      </Text>
    </Alert>
  )
}
