/** The tab of what the rules say about the drawing. */

import { Box, Group, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { useFindings } from '@/store/index.ts'
import { plural } from '../deploy/words.ts'
import { FindingRows } from './FindingRows.tsx'

export function FindingsList(): ReactElement {
  const findings = useFindings()
  const errors = findings.filter((one) => one.severity === 'error')
  const warnings = findings.filter((one) => one.severity !== 'error')
  if (findings.length === 0)
    return (
      <Box p="lg" ta="center" data-testid="no-findings">
        <Text fw={600}>No findings</Text>
        <Text size="sm" c="dimmed" mt={4}>
          The rules look at every change. What they find stands here and at its place.
        </Text>
      </Box>
    )
  return (
    <Box>
      <Group px="sm" py="xs" gap="md" role="status">
        <Text size="sm">{plural(errors.length, 'error')}</Text>
        <Text size="sm">{plural(warnings.length, 'warning')}</Text>
      </Group>
      {errors.length > 0 && (
        <Text size="xs" c="dimmed" px="sm" pb="xs">
          Errors stand in the way of a deployment; warnings do not.
        </Text>
      )}
      <FindingRows findings={[...errors, ...warnings]} />
    </Box>
  )
}
