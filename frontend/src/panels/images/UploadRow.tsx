/** One upload: how far it is, and the way to stop it. */

import { Alert, Button, Card, Group, Progress, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { sizeInWords } from './api.ts'
import type { Going } from './useUploads.ts'

interface Props {
  going: Going
  onCancel: () => void
}

export function UploadRow({ going, onCancel }: Props): ReactElement {
  const percent = Math.floor((100 * going.sent) / Math.max(1, going.size))
  const failed = going.state === 'failed'
  return (
    <Card withBorder padding="md" radius="md" data-testid={`upload-${going.name}`}>
      <Group justify="space-between" wrap="nowrap" mb="xs">
        <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
          {going.name}
        </Text>
        <Button size="compact-sm" variant="default" onClick={onCancel} style={{ flex: 'none' }}>
          {failed ? 'Dismiss' : 'Cancel'}
        </Button>
      </Group>
      {failed ? (
        <Alert color="red" title="It was not taken">
          {going.error}
        </Alert>
      ) : (
        <>
          <Progress.Root size="md">
            <Progress.Section
              value={going.state === 'checking' ? 100 : percent}
              animated={going.state === 'checking'}
              aria-label={`Upload of ${going.name}`}
            />
          </Progress.Root>
          <Text size="sm" c="dimmed" mt={6} role="status">
            {inWords(going, percent)}
          </Text>
        </>
      )}
    </Card>
  )
}

function inWords(going: Going, percent: number): string {
  if (going.state === 'waiting') return `Waits for the one before it · ${sizeInWords(going.size)}`
  if (going.state === 'checking') return 'All of it is there. The server looks at it…'
  const speed = going.bytesPerSecond
  const left = speed > 0 ? (going.size - going.sent) / speed : undefined
  return [
    `${percent} %`,
    `${sizeInWords(going.sent)} of ${sizeInWords(going.size)}`,
    speed > 0 ? `${sizeInWords(speed)}/s` : '',
    left === undefined ? '' : `${inTime(left)} left`,
  ]
    .filter(Boolean)
    .join(' · ')
}

const inTime = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`
