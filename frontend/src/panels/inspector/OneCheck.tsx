/** A check in the inspector: between whom, what came of it, and its fields. */

import { Box, Button, Group, Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { Icon } from '@/icons/index.tsx'
import { addressesAt } from '@/model/checking.ts'
import type { CheckRecord } from '@/model/records.ts'
import { ref, titleOf } from '@/model/records.ts'
import { actions, useCheck, useDesign, useKind, useStatus } from '@/store/index.ts'
import { ago } from '../ago.ts'
import { answerOf } from '@/live/answers.ts'
import { pings } from '../checks/answers.ts'
import { useRun } from '../checks/useRun.ts'
import { StateSign } from '../deploy/StateSign.tsx'
import { useMoment } from '../useMoment.ts'
import { AtRecord, Delete, Head } from './parts.tsx'
import { Fields } from './Fields.tsx'

export function OneCheck({ id }: { id: string }): ReactElement | null {
  const check = useCheck(id)
  const spec = useKind('check')
  const design = useDesign()
  const { start, starting } = useRun([id])
  if (check === undefined || spec === undefined) return null
  const at = ref('checks', id)
  const title = check.label || `${titleOf(check.source, design.nodes[check.source])} → ${titleOf(check.target, design.nodes[check.target])}`
  return (
    <Stack>
      <Head title={title} kind="Check" help={spec.help} />
      <Group gap="xs">
        {[check.source, check.target].map((node, index) => (
          <Button
            key={`${index}${node}`}
            size="compact-sm"
            variant="default"
            onClick={() => actions.focusOn(ref('nodes', node))}
          >
            {index === 0 ? 'From' : 'To'} {titleOf(node, design.nodes[node])}
          </Button>
        ))}
      </Group>
      <AnswerBox id={id} check={check} />
      <Button
        size="xs"
        variant="default"
        leftSection={<Icon name="play" size={13} />}
        loading={starting}
        onClick={start}
        style={{ alignSelf: 'flex-start' }}
        data-testid="run-check"
      >
        Run this check
      </Button>
      <AtRecord at={at} />
      <Fields refs={[at]} specs={spec.fields} />
      <Delete refs={[at]} />
    </Stack>
  )
}

function AnswerBox({ id, check }: { id: string; check: CheckRecord }): ReactElement {
  const status = useStatus(ref('checks', id))
  const design = useDesign()
  const now = useMoment()
  const answer = answerOf(check.expect, status?.state)
  const asked = status?.facts['address'] ?? (check.address || addressesAt(design, check.target)[0]?.address)
  const told = status === undefined ? '' : pings(status.facts)
  return (
    <Box
      className="tl-observed"
      data-testid="check-answer"
      data-state={status?.state ?? 'none'}
      style={{ '--state': `var(--tl-state-${answer.sign})` }}
    >
      <Stack gap={4}>
        <Group gap={6} wrap="nowrap">
          <Box component="span" c="var(--state)" display="flex">
            <StateSign state={answer.sign} />
          </Box>
          <Text size="sm" fw={600}>
            {answer.words}
          </Text>
          {status?.at !== undefined && answer.sign !== 'applying' && (
            <Text size="xs" c="dimmed">
              {ago(status.at, now)}
            </Text>
          )}
        </Group>
        {status !== undefined && status.detail !== '' && <Text size="sm">{status.detail}</Text>}
        {status === undefined && (
          <Text size="sm">Asked after the next deployment, or by the button below.</Text>
        )}
        {typeof asked === 'string' && (
          <Text size="xs" c="dimmed">
            {[`Asks ${asked}`, told, status?.hypervisor ? `on ${status.hypervisor}` : '']
              .filter(Boolean)
              .join(' · ')}
          </Text>
        )}
      </Stack>
    </Box>
  )
}
