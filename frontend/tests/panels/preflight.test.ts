import { expect, test } from 'vitest'
import type { Cell, Preflight } from '@/live/messages.ts'
import { tableOf, tally } from '@/panels/deploy/preflight.ts'

const cell = (vlan: number, size: number, way: string, passed: boolean | null): Cell => {
  const [sender = '', receiver = ''] = way.split('>')
  return { segment: 'lan', vlan, size, sender, receiver, passed }
}
const words = (cells: Cell[]): string[] =>
  tableOf(cells).rows.map(
    ({ vlans, sender, both, receiver, passed }) =>
      `${vlans}: ${sender} ${both ? '=' : '>'} ${receiver} ${passed.join()}`,
  )

test('sizes are columns in order, and what goes as it comes is one row', () => {
  const cells = [
    cell(10, 1500, 'hv1>hv2', true),
    cell(10, 64, 'hv1>hv2', true),
    cell(10, 64, 'hv2>hv1', true),
    cell(10, 1500, 'hv2>hv1', true),
  ]
  expect(tableOf(cells).sizes).toEqual([64, 1500])
  expect(words(cells)).toEqual(['10: hv1 = hv2 true,true'])
})

test('what is lost one way only keeps a row for each way, and comes first', () => {
  expect(
    words([
      cell(10, 64, 'hv1>hv2', true),
      cell(10, 64, 'hv2>hv1', true),
      cell(20, 64, 'hv1>hv2', true),
      cell(20, 64, 'hv2>hv1', false),
      cell(0, 64, 'hv1>hv2', null),
      cell(0, 64, 'hv2>hv1', null),
    ]),
  ).toEqual([
    '20: hv2 > hv1 false',
    'untagged: hv1 = hv2 ',
    '10: hv1 = hv2 true',
    '20: hv1 > hv2 true',
  ])
})

test('a size that was not tried is not known', () => {
  expect(tableOf([cell(10, 64, 'a>b', true), cell(20, 1500, 'a>b', true)]).rows.map((row) => row.passed)).toEqual([
    [true, null],
    [null, true],
  ])
})

test('many VLANs that fared alike share a row', () => {
  const cells = Array.from({ length: 100 }, (_, index) => cell(index + 1, 64, 'hv1>hv2', index !== 49))
  expect(words(cells)).toEqual(['50: hv1 > hv2 false', '1-49, 51-100: hv1 > hv2 true'])
})

test('the whole in one line', () => {
  const preflight: Preflight = { state: 'running', message: '', cells: [], findings: [] }
  expect(tally(preflight)).toMatch(/^Hypervisors send/)
  expect(tally({ ...preflight, state: 'failed', cells: [cell(1, 64, 'a>b', true), cell(2, 64, 'a>b', false)] })).toBe(
    '1 of 2 came through',
  )
})
