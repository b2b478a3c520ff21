import { expect, test } from 'vitest'
import { idsOf, written } from '@/model/vlans.ts'
import { shown, typed } from '@/panels/inspector/vlan-text.ts'

test.each([
  ['10, 20, 100-110', [10, 20, '100-110']],
  ['20 10', [10, 20]],
  ['10;11,12', ['10-12']],
  ['10, 11', [10, 11]],
  ['100 - 102', ['100-102']],
  ['100–102 , 5', [5, '100-102']],
  ['10-11', [10, 11]],
  ['1, 4094', [1, 4094]],
  ['10-12 13-15', ['10-15']],
  ['  ', []],
])('“%s” is read', (text, value) => {
  expect(typed(text)).toEqual({ value })
})

test.each([
  ['10, 0', '0 is no VLAN id: they go from 1 to 4094.'],
  ['4095', '4095 is no VLAN id: they go from 1 to 4094.'],
  ['100-5000', '5000 is no VLAN id: they go from 1 to 4094.'],
  ['110-100', '110-100 runs backwards: write 100-110.'],
  ['7-7', '7-7 is a range of one: write 7.'],
  ['10, 10', '10 stands here twice: leave one out.'],
  ['10, 5-12', '10 stands here twice, in 10 and in 5-12: leave one out.'],
  ['ten', '“ten” is no VLAN. Write ids and ranges, such as 10, 20, 100-110.'],
  ['10-', '“10-” is no VLAN. Write ids and ranges, such as 10, 20, 100-110.'],
  ['1-2-3', '“1-2-3” is no VLAN. Write ids and ranges, such as 10, 20, 100-110.'],
])('“%s” is refused in words', (text, problem) => {
  expect(typed(text)).toEqual({ problem })
})

test('what is written is read again, whatever it was', () => {
  for (const ids of [[], [5], [1, 2], [1, 2, 3], [3, 1, 2, 9, 10, 12, 13, 14]]) {
    const value = written(ids)
    expect(idsOf(value).sort((a, b) => a - b)).toEqual([...ids].sort((a, b) => a - b))
    expect(typed(shown(value))).toEqual({ value })
  }
})
