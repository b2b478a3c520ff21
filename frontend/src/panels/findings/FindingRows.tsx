/** Findings as rows: what is wrong, what would be right, and a click that leads there. */

import { Badge, Group, Stack, Text, UnstyledButton } from '@mantine/core'
import type { ReactElement } from 'react'
import { actions } from '@/store/index.ts'
import type { Finding } from '@/live/messages.ts'
import { splitRef } from '@/model/records.ts'

export function FindingRows({ findings }: { findings: readonly Finding[] }): ReactElement {
  return (
    <Stack gap={0} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
      {findings.map((finding, index) => (
        <li key={`${finding.ref}${finding.code}${finding.field ?? ''}${index}`}>
          <UnstyledButton
            w="100%"
            p="sm"
            data-testid={`finding-${index}`}
            data-severity={finding.severity}
            onClick={() => actions.focusOn(finding.ref)}
            style={{ borderBottom: '1px solid var(--mantine-color-default-border)' }}
          >
            <Group gap="xs" wrap="nowrap" align="flex-start">
              <Badge
                size="sm"
                variant="light"
                color={finding.severity === 'error' ? 'red' : 'yellow'}
                style={{ flex: 'none' }}
              >
                {finding.severity === 'error' ? '✕ Error' : '! Warning'}
              </Badge>
              <div style={{ minWidth: 0 }}>
                <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
                  {place(finding)}
                </Text>
                <Text size="sm">{finding.message}</Text>
                {finding.fix !== '' && (
                  <Text size="sm" c="dimmed">
                    {finding.fix}
                  </Text>
                )}
              </div>
            </Group>
          </UnstyledButton>
        </li>
      ))}
    </Stack>
  )
}

function place({ ref, field }: Finding): string {
  const id = splitRef(ref)[1]
  return field === null || field === '' ? id : `${id}, ${field}`
}
