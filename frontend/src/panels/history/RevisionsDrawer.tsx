/** Below the canvas: who changed what when, and the design as a file. */

import {
  ActionIcon,
  Alert,
  Anchor,
  Box,
  Button,
  Code,
  CopyButton,
  Group,
  Skeleton,
  Stack,
  Table,
  Tabs,
  Text,
  VisuallyHidden,
} from '@mantine/core'
import { useCallback, useEffect, useState } from 'react'
import type { ReactElement } from 'react'
import { actions, http, notify, useStore } from '@/store/index.ts'
import { ago } from '../ago.ts'
import { DesignText } from '../labs/CreateLab.tsx'
import { labs } from '../labs/api.ts'
import { inWords, useLoaded } from '../useLoaded.ts'

interface Revision {
  number: number
  at: string
  author: { id: number; name: string } | null
  summary: string
}

export function RevisionsDrawer(): ReactElement | null {
  const lab = useStore((state) => state.lab?.id)
  if (lab === undefined) return null
  return (
    <Tabs
      defaultValue="revisions"
      component="section"
      aria-label="History and file"
      data-testid="revisions-drawer"
      style={{ display: 'flex', flexDirection: 'column', height: '100%', minHeight: 0 }}
    >
      <Group justify="space-between" pr="md" wrap="nowrap">
        <Tabs.List style={{ flex: 1 }}>
          <Tabs.Tab value="revisions">History</Tabs.Tab>
          <Tabs.Tab value="document">Design file</Tabs.Tab>
        </Tabs.List>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Close"
          onClick={() => actions.setUi({ drawer: null })}
        >
          ✕
        </ActionIcon>
      </Group>
      <Tabs.Panel value="revisions" style={{ overflow: 'auto', minHeight: 0 }}>
        <Revisions lab={lab} />
      </Tabs.Panel>
      <Tabs.Panel value="document" style={{ overflow: 'auto', minHeight: 0 }}>
        <Document lab={lab} />
      </Tabs.Panel>
    </Tabs>
  )
}

function Revisions({ lab }: { lab: string }): ReactElement {
  const current = useStore((state) => state.revision)
  const load = useCallback(() => http.get<Revision[]>(`/api/labs/${lab}/revisions`), [lab])
  const { value, error, reload } = useLoaded(load)
  const [busy, setBusy] = useState<number>()
  useEffect(reload, [current, reload])
  const restore = (number: number): void => {
    setBusy(number)
    http
      .post(`/api/labs/${lab}/revisions/${number}/restore`, {})
      .then(
        () => notify('success', `Revision ${number} is back`, 'As a new revision: nothing is lost.'),
        (problem: unknown) => notify('error', 'It could not be restored', inWords(problem)),
      )
      .finally(() => setBusy(undefined))
  }
  if (error !== undefined)
    return (
      <Alert color="red" m="md">
        {error}
      </Alert>
    )
  if (value === undefined) return <Skeleton height={120} m="md" />
  return (
    <Table stickyHeader verticalSpacing={6} horizontalSpacing="md">
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={60}>No.</Table.Th>
          <Table.Th>What changed</Table.Th>
          <Table.Th w={160}>Who</Table.Th>
          <Table.Th w={140}>When</Table.Th>
          <Table.Th w={110}>
            <VisuallyHidden>What can be done</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {value.map((one) => (
          <Table.Tr key={one.number}>
            <Table.Td>{one.number}</Table.Td>
            <Table.Td>{one.summary || (one.number === 0 ? 'The lab was made' : 'Changed')}</Table.Td>
            <Table.Td>{one.author?.name ?? 'Trunkline'}</Table.Td>
            <Table.Td>{ago(one.at)}</Table.Td>
            <Table.Td>
              {one.number === current ? (
                <Text size="sm" c="dimmed">
                  current
                </Text>
              ) : (
                <Button
                  size="compact-sm"
                  variant="default"
                  loading={busy === one.number}
                  onClick={() => restore(one.number)}
                  aria-label={`Restore revision ${one.number}`}
                >
                  Restore
                </Button>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

function Document({ lab }: { lab: string }): ReactElement {
  const revision = useStore((state) => state.revision)
  const load = useCallback(() => http.text(labs.documentUrl(lab, 'yaml')), [lab])
  const { value, error, reload } = useLoaded(load)
  const [importing, setImporting] = useState(false)
  useEffect(reload, [revision, reload])
  if (importing) return <Import lab={lab} base={revision} onDone={() => setImporting(false)} />
  return (
    <Stack p="md" gap="xs">
      <Group gap="sm">
        <CopyButton value={value ?? ''}>
          {({ copied, copy }) => (
            <Button size="xs" variant="default" onClick={copy}>
              {copied ? '✓ Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
        <Anchor size="sm" href={labs.documentUrl(lab, 'yaml')} download>
          Download YAML
        </Anchor>
        <Anchor size="sm" href={labs.documentUrl(lab, 'json')} download>
          Download JSON
        </Anchor>
        <Button size="xs" variant="default" onClick={() => setImporting(true)}>
          Replace by a file…
        </Button>
      </Group>
      {error !== undefined && <Alert color="red">{error}</Alert>}
      <Code block tabIndex={0} aria-label="Design as YAML">
        {value ?? ''}
      </Code>
    </Stack>
  )
}

interface ImportProps {
  lab: string
  base: number
  onDone: () => void
}

function Import({ lab, base, onDone }: ImportProps): ReactElement {
  const [text, setText] = useState('')
  const [error, setError] = useState<string>()
  const replace = (): void => {
    setError(undefined)
    http.put(`/api/labs/${lab}/document`, { text, base }).then(
      () => {
        notify('success', 'The design was replaced', 'The revision before is in the history.')
        onDone()
      },
      (problem: unknown) => setError(inWords(problem)),
    )
  }
  return (
    <Box p="md">
      <Stack gap="sm">
        <DesignText text={text} onChange={setText} />
        {error !== undefined && (
          <Alert color="red" title="Nothing was changed" style={{ whiteSpace: 'pre-line' }}>
            {error}
          </Alert>
        )}
        <Group>
          <Button size="xs" onClick={replace} disabled={text.trim() === ''}>
            Replace the design
          </Button>
          <Button size="xs" variant="default" onClick={onDone}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </Box>
  )
}
