/** The tab of the checks: what must reach what, what came of it, and the button that asks again. */

import {
  ActionIcon,
  Box,
  Button,
  Group,
  Progress,
  SegmentedControl,
  Stack,
  Text,
  Tooltip,
  UnstyledButton,
} from '@mantine/core'
import { useMemo, useState, useSyncExternalStore } from 'react'
import type { ReactElement } from 'react'
import { Icon } from '@/icons/index.tsx'
import { EXPECT_WORDS, addressesAt } from '@/model/checking.ts'
import type { CheckRecord, Design } from '@/model/records.ts'
import { natural, ref, titleOf } from '@/model/records.ts'
import {
  actions,
  statuses,
  useCheckCounts,
  useDesign,
  useFindingsAt,
  useIsSelected,
  useStatus,
  useStore,
} from '@/store/index.ts'
import { ago } from '../ago.ts'
import { StateSign } from '../deploy/StateSign.tsx'
import { useMoment } from '../useMoment.ts'
import { answerOf } from '@/live/answers.ts'
import { summary } from './answers.ts'
import { useRun } from './useRun.ts'

/** So many rows are read at once; the rest is asked for. */
const AT_ONCE = 100
/** With fewer one sees at a glance which are not as expected. */
const WORTH_A_FILTER = 7

export function ChecksPanel(): ReactElement {
  const design = useDesign()
  const ids = useMemo(() => inOrder(design), [design])
  const [wanted, setWanted] = useState<'all' | 'wrong'>('all')
  const [most, setMost] = useState(AT_ONCE)
  const shown = useWanted(ids, ids.length >= WORTH_A_FILTER ? wanted : 'all')
  if (ids.length === 0) return <NoChecks />
  return (
    <Box data-testid="checks-panel">
      <Head count={ids.length} />
      {ids.length >= WORTH_A_FILTER && (
        <Box px="sm" pb="xs">
          <SegmentedControl
            size="xs"
            fullWidth
            aria-label="Which checks"
            value={wanted}
            onChange={(value) => setWanted(value === 'wrong' ? 'wrong' : 'all')}
            data={[
              { value: 'all', label: 'All' },
              { value: 'wrong', label: 'Not as expected' },
            ]}
          />
        </Box>
      )}
      {shown.length === 0 && (
        <Text size="sm" c="dimmed" px="sm" py="xs">
          None: every answer is as expected.
        </Text>
      )}
      <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
        {shown.slice(0, most).map((id) => (
          <CheckRow key={id} id={id} check={design.checks[id]} />
        ))}
      </Stack>
      {shown.length > most && (
        <Button size="compact-sm" variant="subtle" m="sm" onClick={() => setMost(most * 4)}>
          Show more of {shown.length}
        </Button>
      )}
    </Box>
  )
}

/** By whom they start from and where they lead, whatever came of them: rows do not jump. */
function inOrder(design: Design): string[] {
  const title = (id: string): string => {
    const check = design.checks[id]
    return [check?.source ?? '', check?.target ?? '']
      .map((node) => titleOf(node, design.nodes[node]))
      .join(' ')
  }
  return Object.keys(design.checks).sort((one, other) => natural(title(one), title(other)))
}

/** Those with an answer that is not as expected, kept up to date; or all. */
function useWanted(ids: readonly string[], wanted: 'all' | 'wrong'): readonly string[] {
  const wrong = useSyncExternalStore(statuses.subscribeAll, () =>
    wanted === 'all'
      ? ''
      : ids
          .filter((id) => {
            const state = statuses.get(ref('checks', id))?.state
            return state !== undefined && state !== 'ok'
          })
          .join('\n'),
  )
  if (wanted === 'all') return ids
  return wrong === '' ? [] : wrong.split('\n')
}

function NoChecks(): ReactElement {
  const empty = useStore((state) => Object.keys(state.design.nodes).length === 0)
  return (
    <Stack p="lg" gap="xs" align="center" ta="center" data-testid="checks-panel">
      <Text fw={600}>No checks</Text>
      <Text size="sm" c="dimmed">
        A check says what must reach what, and what must not. Each deployment asks them, and shows
        the answers here and on the canvas.
      </Text>
      <Button
        size="xs"
        variant="default"
        disabled={empty}
        onClick={() => actions.openCheck()}
        data-testid="add-check"
      >
        Add a check…
      </Button>
    </Stack>
  )
}

function Head({ count }: { count: number }): ReactElement {
  const counts = useCheckCounts()
  const { start, starting } = useRun()
  const running = (counts.applying ?? 0) + (counts.pending ?? 0)
  const live = useStore((state) => state.connection === 'live')
  return (
    <Stack gap={6} px="sm" py="xs">
      <Group justify="space-between" gap="xs">
        <Button
          size="xs"
          leftSection={<Icon name="play" size={13} />}
          loading={starting || running > 0}
          disabled={!live}
          onClick={() => start()}
          data-testid="run-checks"
        >
          Run checks
        </Button>
        <Button
          size="xs"
          variant="default"
          onClick={() => actions.openCheck()}
          data-testid="add-check"
        >
          Add a check…
        </Button>
      </Group>
      <Text size="sm" role="status" data-testid="checks-summary">
        {summary(count, counts)}
      </Text>
      {running > 0 && (
        <Progress
          size="sm"
          animated
          value={(100 * Math.max(0, count - running)) / count}
          aria-label={`${Math.max(0, count - running)} of ${count} checks are answered`}
        />
      )}
    </Stack>
  )
}

interface RowProps {
  id: string
  check: CheckRecord | undefined
}

function CheckRow({ id, check }: RowProps): ReactElement | null {
  const at = ref('checks', id)
  const status = useStatus(at)
  const selected = useIsSelected(at)
  const findings = useFindingsAt(at)
  const design = useDesign()
  const now = useMoment()
  if (check === undefined) return null
  const answer = answerOf(check.expect, status?.state)
  const [source, target] = [check.source, check.target].map((node) => titleOf(node, design.nodes[node]))
  const words = `${source ?? ''} ${EXPECT_WORDS[check.expect]} ${target ?? ''}`
  const address = check.address || addressesAt(design, check.target)[0]?.address
  const age = status?.at === undefined || answer.sign === 'applying' ? '' : `, ${ago(status.at, now)}`
  return (
    <li
      className="tl-check-row"
      data-testid={`check-row-${id}`}
      data-state={status?.state ?? 'none'}
      data-selected={selected}
    >
      <UnstyledButton
        onClick={() => actions.focusOn(at)}
        style={{ flex: 1, minWidth: 0 }}
        py={8}
        pl="sm"
      >
        <Group gap="xs" wrap="nowrap" align="flex-start">
          <Text span c={`var(--tl-state-${answer.sign})`} mt={2} style={{ display: 'flex', flex: 'none' }}>
            <StateSign state={answer.sign} />
          </Text>
          <div style={{ minWidth: 0 }}>
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              <b>{source}</b> {EXPECT_WORDS[check.expect]} <b>{target}</b>
            </Text>
            {(check.label !== '' || address !== undefined) && (
              <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {[check.label, address].filter(Boolean).join(' · ')}
              </Text>
            )}
            <Text size="xs" mt={2} fw={answer.sign === 'failed' ? 600 : 400}>
              {answer.words}
              <Text span size="xs" c="dimmed" fw={400}>
                {age}
              </Text>
            </Text>
            {findings.map((finding) => (
              <Text size="xs" c={finding.severity === 'error' ? 'red' : 'yellow'} key={finding.code}>
                {finding.severity === 'error' ? '✕' : '!'} {finding.message}
              </Text>
            ))}
          </div>
        </Group>
      </UnstyledButton>
      <Buttons id={id} words={words} />
    </li>
  )
}

function Buttons({ id, words }: { id: string; words: string }): ReactElement {
  const { start, starting } = useRun([id])
  return (
    <Group gap={0} wrap="nowrap" pr={6} style={{ flex: 'none' }}>
      <Tooltip label="Run this check">
        <ActionIcon
          variant="subtle"
          color="gray"
          size={26}
          loading={starting}
          aria-label={`Run: ${words}`}
          onClick={start}
        >
          <Icon name="play" size={13} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Delete it">
        <ActionIcon
          variant="subtle"
          color="gray"
          size={26}
          aria-label={`Delete: ${words}`}
          onClick={() => actions.remove([ref('checks', id)])}
        >
          <Icon name="close" size={14} />
        </ActionIcon>
      </Tooltip>
    </Group>
  )
}
