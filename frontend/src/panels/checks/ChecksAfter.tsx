/** In the deploy drawer: how the checks came out after a deployment, and the way to them. */

import { Alert, Button, Stack, Text } from '@mantine/core'
import { useSyncExternalStore } from 'react'
import type { ReactElement } from 'react'
import { EXPECT_WORDS } from '@/model/checking.ts'
import type { Design } from '@/model/records.ts'
import { ref, titleOf } from '@/model/records.ts'
import { actions, statuses, useCheckCounts, useDesign, useStatus } from '@/store/index.ts'
import { answerOf } from '@/live/answers.ts'
import { summary } from './answers.ts'

export function ChecksAfter(): ReactElement | null {
  const design = useDesign()
  const counts = useCheckCounts()
  const drawn = Object.keys(design.checks).length
  const failed = useFailed(design)
  if (drawn === 0) return null
  const running = (counts.applying ?? 0) + (counts.pending ?? 0)
  const color = failed.length > 0 ? 'red' : counts.ok === drawn ? 'teal' : 'blue'
  return (
    <Alert
      p="xs"
      style={{ flex: 'none' }}
      color={color}
      data-testid="checks-after"
      title={`Checks: ${summary(drawn, counts)}`}
      role={failed.length > 0 ? 'alert' : 'status'}
    >
      <Stack gap={4} align="flex-start">
        {failed.slice(0, 4).map((id) => (
          <FailedCheck key={id} id={id} />
        ))}
        {failed.length > 4 && <Text size="sm">and {failed.length - 4} more</Text>}
        {running > 0 && <Text size="sm">What must reach is asked first, then what must not.</Text>}
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => actions.setUi({ right: 'checks', rightOpen: true })}
        >
          Show the checks
        </Button>
      </Stack>
    </Alert>
  )
}

function useFailed(design: Design): string[] {
  const failed = useSyncExternalStore(statuses.subscribeAll, () =>
    Object.keys(design.checks)
      .filter((id) => statuses.get(ref('checks', id))?.state === 'failed')
      .join('\n'),
  )
  return failed === '' ? [] : failed.split('\n')
}

function FailedCheck({ id }: { id: string }): ReactElement | null {
  const design = useDesign()
  const check = design.checks[id]
  const status = useStatus(ref('checks', id))
  if (check === undefined) return null
  const [source, target] = [check.source, check.target].map((node) => titleOf(node, design.nodes[node]))
  return (
    <Text size="sm">
      ✕ {source} {EXPECT_WORDS[check.expect]} {target}: {answerOf(check.expect, status?.state).words.toLowerCase()}
    </Text>
  )
}
