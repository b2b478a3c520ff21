/** The snapshots in a VM's disk, newest first: go back to one, delete it, take another. */

import { ActionIcon, Badge, Button, Group, Stack, Text, Tooltip } from '@mantine/core'
import type { ReactElement } from 'react'
import { Icon } from '@/icons/index.tsx'
import type { Circumstances, Snapshot } from '@/model/vms.ts'
import { snapshotsOf, whyNotAct } from '@/model/vms.ts'
import { actions } from '@/store/index.ts'
import { ago } from '../ago.ts'
import { useMoment } from '../useMoment.ts'

export function Snapshots({ id, now }: { id: string; now: Circumstances }): ReactElement {
  const there = snapshotsOf(now.status)
  const why = whyNotAct('snapshot', now)
  return (
    <Stack gap={4} data-testid="snapshots">
      <Group gap={6} justify="space-between" wrap="nowrap">
        <Text size="sm" fw={600}>
          Snapshots
        </Text>
        <Tooltip label={why} disabled={why === undefined} multiline maw={260}>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<Icon name="camera" size={14} />}
            aria-disabled={why !== undefined}
            data-disabled={why !== undefined || undefined}
            aria-description={why}
            onClick={why === undefined ? () => actions.askVm(id, 'snapshot') : undefined}
            data-testid="act-snapshot"
          >
            Take one…
          </Button>
        </Tooltip>
      </Group>
      {there.length === 0 ? (
        <Text size="xs" c="dimmed">
          {now.node?.['disk'] === ''
            ? 'None: it has no disk that could hold one.'
            : 'None yet. They are kept in its own disk, and go with it at destroy.'}
        </Text>
      ) : (
        <Stack gap={2} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
          {there.map((one) => (
            <Row key={one.name} id={id} one={one} why={whyNotAct('revert', now)} />
          ))}
        </Stack>
      )}
    </Stack>
  )
}

function Row({
  id,
  one,
  why,
}: {
  id: string
  one: Snapshot
  why: string | undefined
}): ReactElement {
  const moment = useMoment()
  return (
    <Group component="li" gap={6} wrap="nowrap" justify="space-between" data-testid={`snapshot-${one.name}`}>
      <div style={{ minWidth: 0 }}>
        <Group gap={6} wrap="nowrap">
          <Text size="sm" truncate title={one.name}>
            {one.name}
          </Text>
          {one.current && (
            <Badge size="xs" variant="light" style={{ flex: 'none' }}>
              current
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed" title={new Date(one.at).toLocaleString()}>
          {ago(one.at, moment)}, {one.memory ? 'with memory' : 'shut off'}
        </Text>
      </div>
      <Group gap={2} wrap="nowrap" style={{ flex: 'none' }}>
        <Button
          size="compact-xs"
          variant="default"
          aria-disabled={why !== undefined}
          data-disabled={why !== undefined || undefined}
          title={why ?? 'The VM as it was then'}
          aria-label={`Go back to ${one.name}`}
          onClick={why === undefined ? () => actions.askVm(id, 'revert', one.name) : undefined}
        >
          Go back…
        </Button>
        <ActionIcon
          size="sm"
          variant="subtle"
          color="red"
          aria-disabled={why !== undefined}
          data-disabled={why !== undefined || undefined}
          title={why ?? 'Delete'}
          aria-label={`Delete ${one.name}`}
          onClick={
            why === undefined ? () => actions.askVm(id, 'delete-snapshot', one.name) : undefined
          }
        >
          <Icon name="trash" size={14} />
        </ActionIcon>
      </Group>
    </Group>
  )
}
