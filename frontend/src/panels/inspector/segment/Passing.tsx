/** Of a segment: which VLANs pass between which hosts. */

import { Box, Button, Stack, Table, Text, VisuallyHidden } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { ReactElement } from 'react'
import { ref, titleOf } from '@/model/records.ts'
import { actions, useDesign, useUi } from '@/store/index.ts'
import { passingTable } from './table.ts'
import type { PassingRow } from './table.ts'

/** So many rows are read at once; the rest is asked for. */
const AT_ONCE = 30

export function Passing({ segment }: { segment: string }): ReactElement {
  const design = useDesign()
  const { hosts, rows } = useMemo(() => passingTable(design, segment), [design, segment])
  const [most, setMost] = useState(AT_ONCE)
  return (
    <Stack gap="xs" data-testid="passing">
      <Text size="sm" fw={600} component="h3">
        What passes
      </Text>
      {rows.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing yet. Connect NICs here, and trunks or bridges to the NICs.
        </Text>
      ) : (
        <Box style={{ overflowX: 'auto' }} tabIndex={0} role="group" aria-label="VLANs and hosts">
          <Table verticalSpacing={3} horizontalSpacing={6} striped withRowBorders={false}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>VLAN</Table.Th>
                {hosts.map((host) => (
                  <Table.Th key={host}>
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      px={2}
                      onClick={() => actions.focusOn(ref('nodes', host))}
                    >
                      {titleOf(host, design.nodes[host])}
                    </Button>
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.slice(0, most).map((row) => (
                <Row key={row.vlan} row={row} hosts={hosts} />
              ))}
            </Table.Tbody>
          </Table>
          {rows.length > most && (
            <Button size="compact-sm" variant="subtle" onClick={() => setMost(most * 8)}>
              Show more of {rows.length}
            </Button>
          )}
        </Box>
      )}
      {rows.some((row) => row.alone) && (
        <Text size="xs" c="dimmed">
          ! Only one host carries it, so it leads nowhere on this segment.
        </Text>
      )}
    </Stack>
  )
}

function Row({ row, hosts }: { row: PassingRow; hosts: readonly string[] }): ReactElement {
  const on = useUi((ui) => ui.vlan === row.vlan)
  return (
    <Table.Tr data-testid={`passing-${row.vlan}`}>
      <Table.Th scope="row">
        {row.title !== String(row.vlan) ? (
          row.title
        ) : (
          <Button
            size="compact-xs"
            variant={on ? 'light' : 'subtle'}
            px={4}
            aria-pressed={on}
            title="Show on the canvas where it goes"
            onClick={() => actions.highlightVlan(row.vlan)}
          >
            {row.title}
          </Button>
        )}
        {row.alone && (
          <Text span size="xs" aria-label="only one host carries it">
            {' '}
            !
          </Text>
        )}
      </Table.Th>
      {hosts.map((host) => (
        <Table.Td key={host}>
          {row.hosts.includes(host) ? (
            <>
              <span aria-hidden>✓</span>
              <VisuallyHidden>carries it</VisuallyHidden>
            </>
          ) : (
            <Text span size="sm" c="dimmed">
              <span aria-hidden>–</span>
              <VisuallyHidden>does not</VisuallyHidden>
            </Text>
          )}
        </Table.Td>
      ))}
    </Table.Tr>
  )
}
