/** What can be done to a VM now, what is being done to it, and its snapshots. */

import { Alert, Box, Button, Group, Stack, Text, Tooltip } from '@mantine/core'
import type { ReactElement } from 'react'
import { Icon } from '@/icons/index.tsx'
import type { VmAction } from '@/live/messages.ts'
import type { Circumstances, VmActionName } from '@/model/vms.ts'
import { ACTION_WORDS, DOING, isOpen, powerOf } from '@/model/vms.ts'
import { actions } from '@/store/index.ts'
import { ago } from '../ago.ts'
import { useMoment } from '../useMoment.ts'
import { Act } from './Act.tsx'
import { PowerSign } from './PowerSign.tsx'
import { Snapshots } from './Snapshots.tsx'
import { useSeen } from './useSeen.ts'

/** One button stands for the two that are never possible together. */
const FIRST = (now: Circumstances): VmActionName =>
  ['paused', 'stuck'].includes(powerOf(now.status) ?? '') ? 'resume' : 'start'

export function Lifecycle({ id }: { id: string }): ReactElement | null {
  const seen = useSeen(id)
  const power = powerOf(seen.status)
  if (power === undefined && !seen.last) return null
  const offered: VmActionName[] = [FIRST(seen), 'shutdown', 'reboot', 'pause', 'force-off']
  return (
    <Stack gap="xs" component="section" aria-label="Power" data-testid="lifecycle">
      <Group gap={6} wrap="nowrap" justify="space-between">
        <Text size="sm" fw={600}>
          Power
        </Text>
        {power !== undefined && <PowerSign power={power} />}
      </Group>
      <Group gap={6}>
        {offered.map((action) => (
          <Act key={action} id={id} action={action} seen={seen} />
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
      {seen.last && <Last id={id} action={seen.last} />}
      <Snapshots id={id} now={seen} />
    </Stack>
  )
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
