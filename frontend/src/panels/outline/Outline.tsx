/**
 * Every node and check as a tree: the way through a large lab, and the canvas for those who do not see it.
 * Keys as the ARIA practices have them for trees; Ctrl or Shift adds to the selection, so that the
 * inspector can change many at once.
 */

import { Box, Select, Stack, Text, TextInput } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { KeyboardEvent, MouseEvent, ReactElement } from 'react'
import { Icon, KIND_PATHS, STATE_WORDS, kindColor } from '@/icons/index.tsx'
import { KINDS, splitRef } from '@/model/records.ts'
import type { Ref } from '@/model/records.ts'
import { actions, leasesOf, useCheck, useDesign, useFindingsAt, useIsSelected, useSelection, useStatus } from '@/store/index.ts'
import { answerOf } from '@/live/answers.ts'
import { StateSign } from '../deploy/StateSign.tsx'
import { rowsOf } from './rows.ts'
import type { Row } from './rows.ts'

const ROW_HEIGHT = 32

export function Outline(): ReactElement {
  const design = useDesign()
  const selection = useSelection()
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const [text, setText] = useState('')
  const [kind, setKind] = useState<Row['kind'] | null>(null)
  const [active, setActive] = useState<string>()
  const rows = useMemo(() => rowsOf(design, closed, { text, kind }), [design, closed, text, kind])
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 10,
  })
  const at = Math.max(0, rows.findIndex((row) => row.id === active))

  // What is selected on the canvas comes into view here.
  const [selected] = selection
  useEffect(() => {
    const index = rows.findIndex((row) => row.at !== null && row.at === selected)
    if (index < 0) return
    setActive(rows[index]?.id)
    virtual.scrollToIndex(index, { align: 'auto' })
  }, [selected, rows, virtual])

  const toggle = (id: string, open: boolean): void => {
    const next = new Set(closed)
    if (open) next.delete(id)
    else next.add(id)
    setClosed(next)
  }
  const go = (index: number): void => {
    const row = rows[Math.min(Math.max(index, 0), rows.length - 1)]
    if (!row) return
    setActive(row.id)
    virtual.scrollToIndex(rows.indexOf(row), { align: 'auto' })
  }
  const choose = (row: Row, add: boolean): void => {
    setActive(row.id)
    if (row.at === null) toggle(row.id, closed.has(row.id))
    else if (add) actions.toggleSelected(row.at)
    else actions.focusOn(row.at)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const row = rows[at]
    if (!row) return
    const open = row.children > 0 && !closed.has(row.id)
    const steps: Readonly<Record<string, () => void>> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => (row.children > 0 && !open ? toggle(row.id, true) : go(at + 1)),
      ArrowLeft: () => (open ? toggle(row.id, false) : go(parentOf(rows, at))),
      Enter: () => choose(row, event.ctrlKey || event.shiftKey),
      ' ': () => choose(row, true),
    }
    const step = steps[event.key]
    if (!step) return
    event.preventDefault()
    event.stopPropagation()
    step()
  }

  return (
    <Box style={{ display: 'flex', flexDirection: 'column', height: '100%', minHeight: 0 }}>
      <Stack gap={6} p="xs">
        <TextInput
          size="xs"
          placeholder="Find a node, VLAN, check"
          aria-label="Find a node, a VLAN or a check"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Select
          size="xs"
          aria-label="Kind"
          placeholder="All kinds"
          clearable
          value={kind}
          onChange={(value) => setKind(value)}
          data={[...KINDS, 'check']}
        />
      </Stack>
      {rows.length === 0 && (
        <Text size="sm" c="dimmed" p="md">
          {text === '' && kind === null ? 'Nothing is drawn yet.' : 'No node fits.'}
        </Text>
      )}
      <div
        ref={scroller}
        role="tree"
        className="tl-outline"
        aria-label="Outline"
        aria-multiselectable
        tabIndex={0}
        aria-activedescendant={rows[at] ? `outline-${rows[at].id}` : undefined}
        onKeyDown={onKeyDown}
        style={{ overflow: 'auto', flex: 1, minHeight: 120 }}
      >
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index]
            return row === undefined ? null : (
              <OutlineRow
                key={row.id}
                row={row}
                top={item.start}
                open={!closed.has(row.id)}
                active={item.index === at}
                onChoose={choose}
                onToggle={toggle}
              />
            )
          })}
        </div>
      </div>
    </Box>
  )
}

/** The row of the host that a row stands below; its own where it is one. */
function parentOf(rows: readonly Row[], index: number): number {
  for (let at = index; at >= 0; at--) if (rows[at]?.level === 1) return at
  return index
}

interface RowProps {
  row: Row
  top: number
  open: boolean
  active: boolean
  onChoose: (row: Row, add: boolean) => void
  onToggle: (id: string, open: boolean) => void
}

/** No record is there: nothing is ever selected, found or observed at it. */
const NOWHERE: Ref = 'checks/'

function OutlineRow({ row, top, open, active, onChoose, onToggle }: RowProps): ReactElement {
  const at = row.at ?? NOWHERE
  const selected = useIsSelected(at)
  const status = useStatus(at)
  const findings = useFindingsAt(at)
  const errors = findings.some((one) => one.severity === 'error')
  const expandable = row.children > 0
  const [table, id] = splitRef(at)
  const check = useCheck(table === 'checks' ? id : '')
  const words =
    status &&
    (check === undefined ? STATE_WORDS[status.state] : answerOf(check.expect, status.state).words)
  const note = [leasesOf(status)[0]?.replace(/\/.*/, ''), row.note].filter(Boolean).join(' · ')
  const onToggleClick = (event: MouseEvent): void => {
    event.stopPropagation()
    onToggle(row.id, !open)
  }
  return (
    <div
      id={`outline-${row.id}`}
      role="treeitem"
      aria-level={row.level}
      aria-selected={selected}
      {...(expandable ? { 'aria-expanded': open } : {})}
      data-testid={`outline-${row.id}`}
      className="tl-outline-row"
      data-active={active}
      onClick={(event) => onChoose(row, event.ctrlKey || event.metaKey || event.shiftKey)}
      style={{
        position: 'absolute',
        insetInline: 0,
        top,
        height: ROW_HEIGHT,
        display: 'flex',
        alignItems: 'center',
        gap: 6,
        paddingInlineStart: 8 + (row.level - 1) * 18,
        paddingInlineEnd: 12,
        cursor: 'pointer',
        background: selected ? 'var(--mantine-primary-color-light)' : undefined,
      }}
    >
      <span
        aria-hidden
        style={{ width: 14, flex: 'none', textAlign: 'center' }}
        onClick={expandable ? onToggleClick : undefined}
      >
        {expandable ? (open ? '▾' : '▸') : ''}
      </span>
      <Sign kind={row.kind} />
      <Text size="sm" truncate title={row.title} style={{ flex: '1 1 auto', minWidth: 64 }}>
        {row.title}
      </Text>
      {note !== '' && (
        <Text size="xs" c="dimmed" truncate style={{ flex: '0 1 auto', minWidth: 0, maxWidth: 104 }} title={note}>
          {note}
        </Text>
      )}
      {expandable && !open && (
        <Text size="xs" c="dimmed">
          {row.children}
        </Text>
      )}
      {findings.length > 0 && (
        <Text size="xs" c={errors ? 'red' : 'yellow'} aria-label={errors ? 'has errors' : 'has warnings'}>
          {errors ? '✕' : '!'}
        </Text>
      )}
      {status !== undefined && (
        <Text component="span" size="xs" c={`var(--tl-state-${status.state})`} title={words}
          aria-label={words} style={{ display: 'flex' }}>
          <StateSign state={status.state} size={14} />
        </Text>
      )}
    </div>
  )
}

function Sign({ kind }: { kind: Row['kind'] }): ReactElement {
  if (kind === 'check')
    return <Icon name="check" size={16} role="img" aria-hidden={undefined} aria-label="check" style={{ flex: 'none' }} />
  return (
    <svg width={16} height={16} viewBox="0 0 24 24" fill="none" stroke={kindColor(kind)}
      strokeWidth={1.8} strokeLinecap="round" strokeLinejoin="round" role="img"
      aria-label={kind} style={{ flex: 'none' }}>
      <path d={KIND_PATHS[kind]} />
    </svg>
  )
}
