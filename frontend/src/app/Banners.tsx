/** What a person has to know before going on: the line is cut, or an edit was refused. */

import type { ReactElement } from 'react'
import { useEffect, useState } from 'react'
import { Alert, Button, Group, List, Text } from '@mantine/core'
import { Icon } from '@/icons/index.tsx'
import type { Refusal } from '@/store/index.ts'
import { actions, useStore } from '@/store/index.ts'

export function Banners(): ReactElement {
  const refusals = useStore((state) => state.refusals)
  return (
    <div className="tl-banners">
      <ConnectionBanner />
      {refusals.slice(0, 2).map((refusal) => (
        <RefusalBanner key={refusal.answer.edit_id} refusal={refusal} />
      ))}
    </div>
  )
}

function ConnectionBanner(): ReactElement | null {
  const connection = useStore((state) => state.connection)
  const lostAt = useStore((state) => state.lostAt)
  const unsaved = useStore((state) => state.pending.length)
  const [, tick] = useState(0)
  useEffect(() => {
    if (connection !== 'lost') return undefined
    const timer = setInterval(() => tick((count) => count + 1), 1000)
    return () => clearInterval(timer)
  }, [connection])
  if (connection === 'refused')
    return (
      <Alert color="red" variant="filled" icon={<Icon name="offline" />} title="Signed out">
        The server no longer lets this page in. Sign in again; what you did until now is saved.
        <Group mt="sm">
          <Button size="xs" variant="white" color="red" onClick={() => location.reload()}>
            Sign in again
          </Button>
        </Group>
      </Alert>
    )
  if (connection !== 'lost' || lostAt === null) return null
  const seconds = Math.round((Date.now() - lostAt) / 1000)
  // Shorter than this is a blink that nobody needs to read about.
  if (seconds < 2) return null
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<Icon name="offline" />}
      title="Connection lost"
      bg="var(--tl-surface)"
      data-testid="connection-lost"
    >
      <Text size="sm">
        Trying again. What is shown is {age(seconds)} old.
        {unsaved > 0
          ? ` ${unsaved} ${unsaved === 1 ? 'edit waits' : 'edits wait'} to be saved.`
          : ''}
      </Text>
    </Alert>
  )
}

export function age(seconds: number): string {
  if (seconds < 90) return `${seconds} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  return `${Math.round(seconds / 3600)} h`
}

function RefusalBanner({ refusal }: { refusal: Refusal }): ReactElement {
  const { answer, label } = refusal
  const stale = answer.code === 'stale'
  const reasons = stale
    ? answer.conflicts.map((one) => ({ at: one.pointer, says: one.message }))
    : answer.problems.map((one) => ({
        at: one.pointer,
        says: one.message + (one.allowed ? ` Allowed: ${one.allowed}.` : ''),
      }))
  return (
    <Alert
      color={stale ? 'yellow' : 'red'}
      variant="light"
      bg="var(--tl-surface)"
      icon={<Icon name="warning" />}
      title={stale ? 'Someone was quicker' : 'Not accepted'}
      withCloseButton
      closeButtonLabel="Keep what the server has"
      onClose={() => actions.dismissRefusal(answer.edit_id)}
      data-testid="refusal"
      style={{ boxShadow: 'var(--tl-shadow-2)' }}
    >
      <Text size="sm">
        “{label}” was not saved. {answer.message}
      </Text>
      {reasons.length ? (
        <List size="sm" mt={6} spacing={2}>
          {reasons.slice(0, 6).map((one) => (
            <List.Item key={one.at + one.says}>
              <Text span ff="monospace" size="xs">
                {one.at.slice(1)}
              </Text>
              : {one.says}
            </List.Item>
          ))}
        </List>
      ) : null}
      {stale ? (
        <Group mt="sm" gap="xs">
          <Button
            size="xs"
            onClick={() => actions.reapplyRefusal(answer.edit_id)}
            data-testid="reapply"
          >
            Apply mine again
          </Button>
          <Button
            size="xs"
            variant="default"
            onClick={() => actions.dismissRefusal(answer.edit_id)}
            data-testid="keep-theirs"
          >
            Keep theirs
          </Button>
        </Group>
      ) : null}
    </Alert>
  )
}
