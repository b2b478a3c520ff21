import { Group, NativeSelect, NumberInput, Select, Stack, Text } from '@mantine/core'
import { useMemo } from 'react'
import type { ReactElement } from 'react'
import type { Finding } from '@/live/messages.ts'
import type { Forward } from '@/model/forwards.ts'
import { MOST_PORT, asJson, cardTitle, cardsBehind, ownerWords, proposedForward } from '@/model/forwards.ts'
import { ref } from '@/model/records.ts'
import { useDesign, useFindingsAt } from '@/store/index.ts'
import type { Draft } from '../forward.ts'
import { complete, isAbout, isRight, portProblem, toPortProblem } from '../forward.ts'
import type { Rows } from '../useRows.ts'
import { useRows } from '../useRows.ts'
import type { InputProps } from './props.ts'
import { RemoveRow, RowsFrame } from './RowsFrame.tsx'

/** Port forwards, two lines each: the port of the host or router, and the card and its port that it leads to. */
export function ForwardsField(props: InputProps): ReactElement {
  const design = useDesign()
  const node = props.node ?? ''
  const findings = useFindingsAt(ref('nodes', node)).filter((one) => one.field === props.spec.name)
  const kept = (Array.isArray(props.value) ? props.value : []) as unknown as Forward[]
  const rows = useRows<Draft>(kept, isRight, (wanted) => props.onCommit(asJson(wanted.map(complete))))
  const cards = useMemo(() => cardsBehind(design, node), [design, node])
  const proposed = proposedForward(design, node, rows.drafts)
  const here = (finding: Finding): boolean => !rows.drafts.some((row) => isAbout(finding, row))
  return (
    <RowsFrame
      field={{ ...props, error: findings.filter(here).map(inWords).join(' ') || undefined }}
      around={rows.around}
      words="Add a port forward"
      onAdd={proposed === undefined ? undefined : () => rows.add(proposed)}
    >
      {rows.drafts.map((row, index) => (
        <ForwardRow
          key={index}
          index={index}
          rows={rows}
          findings={findings.filter((finding) => isAbout(finding, row))}
          cards={[...new Set([...cards, row.to])].map((id) => ({
            value: id,
            label: cardTitle(design, id, design.nodes[node]),
          }))}
          behind={cards.includes(row.to)}
          owner={ownerWords(design.nodes[node])}
        />
      ))}
      {proposed === undefined && (
        <Text size="xs" c="dimmed">
          Nothing to forward to yet: plug a VM or a container into it.
        </Text>
      )}
    </RowsFrame>
  )
}

const inWords = ({ message, fix }: Finding): string => `${message} ${fix}`.trim()

interface RowProps {
  index: number
  rows: Rows<Draft>
  findings: readonly Finding[]
  cards: readonly { value: string; label: string }[]
  /** Whether the card is still there to be reached. */
  behind: boolean
  /** Whose port it is. */
  owner: string
}

function ForwardRow({ index, rows, findings, cards, behind, owner }: RowProps): ReactElement {
  const row = rows.drafts[index]
  if (row === undefined) return <></>
  const name = `Forward ${index + 1}`
  const others = rows.drafts.filter((_, at) => at !== index)
  const problems = [
    portProblem(row, others),
    toPortProblem(row),
    behind ? undefined : `${row.to} cannot be reached through it.`,
    ...findings.map(inWords),
  ].filter((one) => one !== undefined)
  const port = (what: 'port' | 'to_port', problem: string | undefined): object => ({
    size: 'xs',
    value: row[what] ?? '',
    onChange: (typed: string | number) =>
      rows.change(index, { [what]: typeof typed === 'number' ? typed : null }),
    onBlur: rows.commit,
    onKeyDown: rows.onKeyDown,
    allowDecimal: false,
    allowNegative: false,
    clampBehavior: 'none',
    hideControls: true,
    min: 1,
    max: MOST_PORT,
    error: problem !== undefined,
    style: { width: 62, flex: 'none' },
  })
  return (
    <Stack className="tl-forward" gap={4} data-row role="group" aria-label={name} data-testid={`forward-${index + 1}`}>
      <Group gap={6} wrap="nowrap">
        <NumberInput {...port('port', portProblem(row, others))} aria-label={`${name}: port of ${owner}`} />
        <NativeSelect
          size="xs"
          aria-label={`${name}: protocol`}
          data={['tcp', 'udp']}
          value={row.protocol}
          onChange={(event) =>
            rows.choose(index, { protocol: event.currentTarget.value as Forward['protocol'] })
          }
          style={{ width: 72, flex: 'none' }}
        />
        <Text size="xs" c="dimmed" style={{ flex: 1 }}>
          of {owner}, to
        </Text>
        <RemoveRow words={`Remove forward ${row.port ?? index + 1}`} onClick={() => rows.remove(index)} />
      </Group>
      <Group gap={6} wrap="nowrap">
        <Select
          size="xs"
          aria-label={`${name}: to`}
          data={cards}
          value={row.to}
          onChange={(to) => {
            if (to !== null) rows.choose(index, { to })
          }}
          allowDeselect={false}
          searchable
          nothingFoundMessage="No such card."
          error={!behind}
          style={{ flex: 1, minWidth: 0 }}
        />
        <Text size="sm" c="dimmed" mx={-2} aria-hidden>
          :
        </Text>
        <NumberInput
          {...port('to_port', toPortProblem(row))}
          aria-label={`${name}: port there`}
          placeholder={row.port === null ? '' : String(row.port)}
        />
      </Group>
      {problems.map((problem) => (
        <Text key={problem} size="xs" c="red" role="alert">
          {problem}
        </Text>
      ))}
    </Stack>
  )
}
