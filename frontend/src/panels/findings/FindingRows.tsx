/** Findings as rows: what is wrong, what would be right, and a click that leads there. */

import { Badge, Group, Stack, Text, UnstyledButton } from '@mantine/core'
import type { ReactElement } from 'react'
import { actions, useDesign, useStore } from '@/store/index.ts'
import type { Finding } from '@/live/messages.ts'
import type { CheckRecord, Design } from '@/model/records.ts'
import { splitRef, titleOf } from '@/model/records.ts'

export function FindingRows({ findings }: { findings: readonly Finding[] }): ReactElement {
  const place = usePlace()
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

/** Where it is, as people call it: "br0, MTU", "web → db, Address". */
function usePlace(): (finding: Finding) => string {
  const design = useDesign()
  const kinds = useStore((state) => state.kinds)
  return ({ ref, field }) => {
    const [table, id] = splitRef(ref)
    const kind = table === 'nodes' ? design.nodes[id]?.kind : table.slice(0, -1)
    const title = kinds[kind ?? '']?.fields.find((one) => one.name === field)?.title ?? field
    const check = table === 'checks' ? design.checks[id] : undefined
    const name = check === undefined ? id : betweenWhom(design, check)
    return title === null || title === '' ? name : `${name}, ${title}`
  }
}

const betweenWhom = (design: Design, { source, target }: CheckRecord): string =>
  `Check ${titleOf(source, design.nodes[source])} → ${titleOf(target, design.nodes[target])}`
