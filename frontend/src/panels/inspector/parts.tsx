/** What every view of the inspector begins and ends with. */

import { Button, Group, Text, Title } from '@mantine/core'
import type { ReactElement } from 'react'
import { KIND_PATHS, kindColor } from '@/icons/index.tsx'
import type { Kind, Ref } from '@/model/records.ts'
import { actions, useFindingsAt } from '@/store/index.ts'
import { FindingRows } from '../findings/FindingRows.tsx'

/** What the rules find at a record and that no field shows. */
export function AtRecord({ at }: { at: Ref }): ReactElement | null {
  const found = useFindingsAt(at).filter((one) => one.field === null || one.field === '')
  return found.length === 0 ? null : <FindingRows findings={found} />
}

interface HeadProps {
  title: string
  kind: string
  sign?: Kind
  help?: string
}

export function Head({ title, kind, sign, help }: HeadProps): ReactElement {
  return (
    <Group wrap="nowrap" gap="sm" align="flex-start">
      {sign !== undefined && (
        <svg width={28} height={28} viewBox="0 0 24 24" fill="none" stroke={kindColor(sign)}
          strokeWidth={1.6} strokeLinecap="round" strokeLinejoin="round" aria-hidden style={{ flex: 'none' }}>
          <path d={KIND_PATHS[sign]} />
        </svg>
      )}
      <div style={{ minWidth: 0 }}>
        <Title order={2} fz={16} style={{ overflowWrap: 'anywhere' }}>
          {title}
        </Title>
        <Text size="xs" c="dimmed">
          {kind}
          {help === undefined ? '' : `: ${help}`}
        </Text>
      </div>
    </Group>
  )
}

export function Delete({ refs }: { refs: readonly Ref[] }): ReactElement {
  return (
    <Button
      variant="subtle"
      color="red"
      size="compact-sm"
      style={{ alignSelf: 'flex-start' }}
      onClick={() => actions.remove(refs)}
    >
      Delete
    </Button>
  )
}
