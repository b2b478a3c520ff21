/** What came through between the hypervisors before anything was changed on them. */

import { ActionIcon, Badge, Box, Button, Group, Loader, Table, Text, Title } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { ReactElement } from 'react'
import { titleOf } from '@/model/records.ts'
import { actions, useDesign } from '@/store/index.ts'
import type { Deployment, Preflight } from '@/live/messages.ts'
import { FindingRows } from '../findings/FindingRows.tsx'
import { StateSign } from './StateSign.tsx'
import { tableOf, tally } from './preflight.ts'
import { decides } from './words.ts'
import type { Passed, PreflightRow } from './preflight.ts'

const STATES = {
  running: { color: 'blue', words: 'Trying what passes' },
  passed: { color: 'teal', words: '✓ All passes' },
  failed: { color: 'red', words: '✕ Something is lost' },
  unknown: { color: 'yellow', words: '? Not all is known' },
} as const

interface Props {
  preflight: Preflight
  /** The one that it stands before; none where somebody only wanted to know. */
  deployment?: Deployment
  onClose?: () => void
}

export function PreflightSection({ preflight, deployment, onClose }: Props): ReactElement {
  const [asked, ask] = useState<boolean>()
  const state = STATES[preflight.state]
  // What passed is not in the way of the plan; what did not has to be seen.
  const open = asked ?? (preflight.state !== 'passed' || deployment === undefined)
  return (
    <Box
      component="section"
      aria-label="Preflight"
      data-testid="preflight"
      data-state={preflight.state}
      px="md"
      py="xs"
      style={{ borderBottom: '1px solid var(--mantine-color-default-border)' }}
    >
      <Group gap="sm" justify="space-between">
        <Group gap="sm" role="status">
          <Title order={3} fz={14}>
            Preflight
          </Title>
          <Badge color={state.color} variant="light">
            {state.words}
          </Badge>
          {preflight.state === 'running' && <Loader size={14} aria-label="Trying" />}
          <Text size="sm" c="dimmed">
            {preflight.message || tally(preflight)}
          </Text>
        </Group>
        <Group gap="xs">
          {preflight.cells.length > 0 && (
            <Button
              size="compact-sm"
              variant="subtle"
              color="gray"
              aria-expanded={open}
              onClick={() => ask(!open)}
            >
              {open ? '▾ Hide the table' : '▸ Show the table'}
            </Button>
          )}
          {deployment?.state === 'planned' && decides(deployment) && (
            <Ways deployment={deployment} running={preflight.state === 'running'} />
          )}
          {onClose !== undefined && (
            <ActionIcon variant="subtle" color="gray" aria-label="Close the preflight" onClick={onClose}>
              ✕
            </ActionIcon>
          )}
        </Group>
      </Group>
      {open && <Body preflight={preflight} />}
    </Box>
  )
}

function Ways(props: { deployment: Deployment; running: boolean }): ReactElement {
  const { deployment, running } = props
  return (
    <>
      <Button
        size="xs"
        variant="default"
        data-testid="preflight-cancel"
        onClick={() => void actions.cancelDeployment(deployment.id)}
      >
        Cancel
      </Button>
      {!running && (
        <Button
          size="xs"
          color="red"
          data-testid="deploy-anyway"
          onClick={() => void actions.applyDeployment(deployment.id)}
        >
          Deploy anyway
        </Button>
      )}
    </>
  )
}

function Body({ preflight }: { preflight: Preflight }): ReactElement {
  return (
    <Box mt="xs" style={{ display: 'flex', flexWrap: 'wrap', gap: 16 }}>
      {preflight.findings.length > 0 && (
        <Box style={{ flex: '1 1 280px' }} maw={{ sm: 420 }}>
          <FindingRows findings={preflight.findings} />
        </Box>
      )}
      {preflight.cells.length > 0 && <Cells preflight={preflight} />}
    </Box>
  )
}

/** So many rows are read at once; the rest is asked for. */
const AT_ONCE = 60

function Cells({ preflight }: { preflight: Preflight }): ReactElement {
  const design = useDesign()
  const { sizes, rows } = useMemo(() => tableOf(preflight.cells), [preflight.cells])
  const [most, setMost] = useState(AT_ONCE)
  const segments = new Set(rows.map((row) => row.segment)).size > 1
  return (
    <Box style={{ flex: '2 1 300px', minWidth: 0, overflow: 'auto', maxHeight: 260 }} tabIndex={0} role="group" aria-label="What passes">
      <Table stickyHeader verticalSpacing={4} withRowBorders={false} striped>
        <Table.Thead>
          <Table.Tr>
            {segments && <Table.Th>Segment</Table.Th>}
            <Table.Th>VLAN</Table.Th>
            <Table.Th>Between</Table.Th>
            {sizes.map((size) => (
              <Table.Th key={size}>{size.toLocaleString('en')} bytes</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.slice(0, most).map((row) => (
            <Table.Tr
              key={`${row.segment} ${row.vlans} ${row.sender} ${row.receiver}`}
              data-testid="preflight-row"
            >
              {segments && <Table.Td>{titleOf(row.segment, design.nodes[row.segment])}</Table.Td>}
              <Table.Th scope="row">{row.vlans}</Table.Th>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>{pair(row)}</Table.Td>
              {row.passed.map((passed, index) => (
                <Table.Td key={sizes[index]}>
                  <Mark passed={passed} running={preflight.state === 'running'} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {rows.length > most && (
        <Button size="compact-sm" variant="subtle" onClick={() => setMost(most * 4)}>
          Show more of {rows.length.toLocaleString('en')} rows
        </Button>
      )}
    </Box>
  )
}

const pair = (row: PreflightRow): string =>
  `${row.sender} ${row.both ? '⇄' : '→'} ${row.receiver}`

const MARKS = {
  true: { state: 'ok', words: 'passes' },
  false: { state: 'failed', words: 'lost' },
  null: { state: 'unknown', words: 'not known' },
} as const

function Mark({ passed, running }: { passed: Passed; running: boolean }): ReactElement {
  const mark = running && passed === null ? ({ state: 'pending', words: 'not yet' } as const) : MARKS[`${passed}`]
  return (
    <Group gap={6} wrap="nowrap" data-testid="preflight-cell" data-passed={String(passed)}>
      <Text span c={`var(--tl-state-${mark.state})`} style={{ display: 'flex' }}>
        <StateSign state={mark.state} size={14} />
      </Text>
      <Text size="sm">{mark.words}</Text>
    </Group>
  )
}
