/** The plan of one hypervisor: every operation with its reason and its command, page by page. */

import { ActionIcon, Alert, Anchor, Badge, Box, Code, CopyButton, Group, Text } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { ReactElement } from 'react'
import { Icon } from '@/icons/index.tsx'
import { actions, http } from '@/store/index.ts'
import type { Operation } from '@/live/messages.ts'
import { splitRef } from '@/model/records.ts'
import { inWords } from '../useLoaded.ts'

const PAGE = 200

interface Refused {
  code: string
  message: string
  allowed: string
}

interface Page {
  total: number
  offset: number
  operations: Operation[]
  refusals: Refused[]
}

interface Props {
  deployment: string
  hypervisor: string
  /** How many there are; pages are fetched anew when it changes. */
  count: number
}

export function Operations({ deployment, hypervisor, count }: Props): ReactElement {
  const { pages, refusals, error, want } = usePages(deployment, hypervisor, count)
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => 62,
    overscan: 12,
  })
  const items = rows.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (count > 0) for (let page = page_of(first); page <= page_of(last); page++) want(page)
  }, [count, first, last, want])

  return (
    <Box ref={scroller} style={{ overflow: 'auto', flex: 1, minHeight: 0 }} tabIndex={0} role="list"
      aria-label="Operations">
      {error !== undefined && <Alert color="red">{error}</Alert>}
      {refusals.map((refusal) => (
        <Alert key={refusal.message} color="red" title={refusal.message} mb="xs">
          {refusal.allowed}
        </Alert>
      ))}
      <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
        {items.map((item) => (
          <div
            key={item.key}
            ref={rows.measureElement}
            data-index={item.index}
            role="listitem"
            aria-setsize={count}
            aria-posinset={item.index + 1}
            style={{ position: 'absolute', insetInline: 0, top: 0, transform: `translateY(${item.start}px)` }}
          >
            <OperationRow
              number={item.index + 1}
              operation={pages.get(page_of(item.index))?.[item.index % PAGE]}
            />
          </div>
        ))}
      </div>
    </Box>
  )
}

const page_of = (index: number): number => Math.floor(index / PAGE)

function usePages(deployment: string, hypervisor: string, count: number): {
  pages: ReadonlyMap<number, Operation[]>
  refusals: readonly Refused[]
  error: string | undefined
  want: (page: number) => void
} {
  const [pages, setPages] = useState<ReadonlyMap<number, Operation[]>>(new Map())
  const [refusals, setRefusals] = useState<readonly Refused[]>([])
  const [error, setError] = useState<string>()
  const asked = useRef(new Set<number>())
  const key = `${deployment}/${hypervisor}/${count}`
  const current = useRef(key)

  const want = useCallback(
    (page: number): void => {
      if (asked.current.has(page)) return
      asked.current.add(page)
      const path = `/api/deployments/${deployment}/parts/${hypervisor}/operations`
      http.get<Page>(`${path}?offset=${page * PAGE}&limit=${PAGE}`).then(
        (answer) => {
          if (current.current !== key) return
          setPages((before) => new Map(before).set(page, answer.operations))
          setRefusals(answer.refusals)
          setError(undefined)
        },
        (problem: unknown) => {
          asked.current.delete(page)
          setError(inWords(problem))
        },
      )
    },
    [deployment, hypervisor, key],
  )

  useEffect(() => {
    current.current = key
    asked.current = new Set()
    setPages(new Map())
    want(0)
  }, [key, want])
  return { pages, refusals, error, want }
}

const SIGNS: Readonly<Record<string, { sign: string; words: string; color: string }>> = {
  create: { sign: '+', words: 'create', color: 'teal' },
  change: { sign: '~', words: 'change', color: 'yellow' },
  delete: { sign: '−', words: 'delete', color: 'red' },
}

interface RowProps {
  number: number
  operation: Operation | undefined
}

function OperationRow({ number, operation }: RowProps): ReactElement {
  if (!operation)
    return (
      <Text size="sm" c="dimmed" p="xs">
        {number}. …
      </Text>
    )
  const sign = SIGNS[operation.action] ?? { sign: '•', words: operation.action, color: 'gray' }
  const commands = operation.equivalents.join('\n')
  const { ref } = operation
  return (
    <Box py={6} px="xs" style={{ borderBottom: '1px solid var(--mantine-color-default-border)' }}>
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <Text size="xs" c="dimmed" w={34} ta="right" style={{ flex: 'none' }}>
          {number}
        </Text>
        <Badge
          variant="light"
          color={sign.color}
          size="sm"
          style={{ flex: 'none' }}
          leftSection={sign.sign}
        >
          {sign.words}
        </Badge>
        {operation.restarts && (
          <Badge variant="filled" color="orange" size="sm" style={{ flex: 'none' }}>
            restarts
          </Badge>
        )}
        {operation.waits && (
          <Badge variant="outline" color="gray" size="sm" style={{ flex: 'none' }}>
            next start
          </Badge>
        )}
        <Box style={{ flex: 1, minWidth: 0 }}>
          <Text size="sm">
            {operation.reason}{' '}
            {ref !== null && (
              <Anchor component="button" type="button" size="sm" onClick={() => actions.focusOn(ref)}>
                Show {splitRef(ref)[1]}
              </Anchor>
            )}
          </Text>
          {commands !== '' && (
            <Code
              block
              p={0}
              bg="transparent"
              fz={12}
              style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
            >
              {commands}
            </Code>
          )}
        </Box>
        {commands !== '' && (
          <CopyButton value={commands}>
            {({ copied, copy }) => (
              <ActionIcon
                variant="subtle"
                color={copied ? 'teal' : 'gray'}
                size="sm"
                onClick={copy}
                aria-label={copied ? 'Copied' : `Copy the command of operation ${number}`}
              >
                <Icon name={copied ? 'check' : 'copy'} size={16} />
              </ActionIcon>
            )}
          </CopyButton>
        )}
      </Group>
    </Box>
  )
}
