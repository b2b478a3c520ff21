import { expect, test } from 'vitest'
import { Builder, small } from '@/dev/labs.ts'
import { rowsOf } from '@/panels/outline/rows.ts'

const ALL = { text: '', kind: null }
const none = new Set<string>()

test('hosts with what stands on them, then what stands alone', () => {
  const { design } = small()
  const rows = rowsOf(design, none, ALL)
  expect(rows).toHaveLength(Object.keys(design.nodes).length)
  expect(rows[0]).toMatchObject({ id: 'host-1', level: 1 })
  const second = rows.findIndex((row) => row.id === 'host-2')
  expect(rows.slice(1, second).every((row) => row.level === 2)).toBe(true)
  expect(rows[0]?.children).toBe(second - 1)
})

test('numbers in names are in the order of numbers', () => {
  const lab = new Builder()
  const host = lab.node('host')
  for (let count = 0; count < 11; count++) lab.node('container', { host })
  const ids = rowsOf(lab.design, none, ALL).map((row) => row.id)
  expect(ids.indexOf('container-2')).toBeLessThan(ids.indexOf('container-10'))
})

test('a closed host hides what is on it, but not from a search', () => {
  const { design } = small()
  const closed = new Set(['host-1'])
  const shown = rowsOf(design, closed, ALL).map((row) => row.id)
  expect(shown).toContain('host-1')
  expect(shown.filter((id) => design.nodes[id]?.['host'] === 'host-1')).toEqual([])
  expect(rowsOf(design, closed, { text: 'bridge', kind: null }).map((row) => row.id)).toContain(
    'bridge-1',
  )
})

test('a search keeps the hosts of what fits, and only those', () => {
  const { design } = small()
  const rows = rowsOf(design, none, { text: '', kind: 'segment' })
  expect(rows.map((row) => row.kind)).toEqual(['segment'])
  expect(rowsOf(design, none, { text: 'there is no such', kind: null })).toEqual([])
})
