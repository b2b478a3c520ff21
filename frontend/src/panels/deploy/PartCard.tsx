/** One hypervisor's share of a deployment: how far it is, and what went wrong. */

import { Alert, Anchor, Box, Group, Progress, Stack, Text, UnstyledButton } from '@mantine/core'
import type { ReactElement } from 'react'
import { actions } from '@/store/index.ts'
import type { Part } from '@/live/messages.ts'
import { splitRef } from '@/model/records.ts'
import { GuardedNotice } from './Guarded.tsx'
import { StateSign } from './StateSign.tsx'
import { line, partState, percent } from './words.ts'

interface Props {
  part: Part
  shown: boolean
  onShow: () => void
}

export function PartCard({ part, shown, onShow }: Props): ReactElement {
  const state = partState(part)
  const moving = part.state === 'applying' || part.state === 'planning'
  return (
    <Box
      data-testid={`part-${part.hypervisor.name}`}
      data-state={part.state}
      p="sm"
      style={{
        border: `1px solid ${shown ? 'var(--tl-accent)' : 'var(--tl-line)'}`,
        background: shown ? 'var(--tl-surface-2)' : undefined,
        borderRadius: 'var(--mantine-radius-md)',
        flex: 'none',
      }}
    >
      <UnstyledButton
        onClick={onShow}
        w="100%"
        aria-pressed={shown}
      >
        <Group justify="space-between" wrap="nowrap" mb={6}>
          <Text fw={600} size="sm" truncate>
            {part.hypervisor.name}
          </Text>
          <Group gap={6} wrap="nowrap" c={state.color}>
            <StateSign state={state.sign} />
            <Text size="sm" c="var(--mantine-color-text)">
              {state.words}
            </Text>
          </Group>
        </Group>
        <Progress
          value={part.state === 'planning' ? 100 : percent(part)}
          color={state.color}
          size="md"
          animated={moving}
          aria-label={`Progress of ${part.hypervisor.name}`}
        />
        <Text size="xs" c="dimmed" mt={4} role={moving ? 'status' : undefined}>
          {[line(part), part.note === part.message ? '' : part.note].filter(Boolean).join(' · ')}
        </Text>
      </UnstyledButton>
      <GuardedNotice part={part} />
      {part.message !== '' && part.failure === null && (
        <Text size="sm" mt="xs">
          {part.message}
        </Text>
      )}
      {part.failure !== null && <Failed part={part} failure={part.failure} />}
    </Box>
  )
}

function Failed(props: { part: Part; failure: NonNullable<Part['failure']> }): ReactElement {
  const { ref, words, advice } = props.failure
  return (
    <Alert color="red" mt="xs" p="xs" title={props.part.message || undefined}>
      <Stack gap={4} align="flex-start">
        <Text size="sm" ff="monospace">
          {words}
        </Text>
        {advice !== '' && <Text size="sm">{advice}</Text>}
        {ref !== null && (
          <Anchor component="button" type="button" size="sm" onClick={() => actions.focusOn(ref)}>
            Show {splitRef(ref)[1]} on the canvas
          </Anchor>
        )}
      </Stack>
    </Alert>
  )
}
