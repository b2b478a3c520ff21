import { expect, test } from 'vitest'
import type { LabelLine } from '@/canvas/cable-label.ts'
import { fitted } from '@/canvas/cable-label.ts'

const tap: LabelLine = { text: 'vnet0' }
const mac: LabelLine = { text: '52:54:00:12:34:56', least: true }
const far = { width: Infinity, height: Infinity }

test('with room all lines stand above the middle', () => {
  expect(fitted([tap, mac], far, false)).toEqual({ lines: [tap, mac], foot: -4 })
  expect(fitted([tap, mac], { ...far, height: 64 }, false)).toEqual({ lines: [tap, mac], foot: -4 })
  expect(fitted([tap, mac], far, true).foot).toBe(-13)
})

test('on a short cable they stand around the middle, and the tap outlives the MAC', () => {
  const short = fitted([tap, mac], { ...far, height: 32 }, false)
  expect(short.lines).toEqual([tap, mac])
  expect(short.foot).toBeGreaterThan(0)
  expect(fitted([tap, mac], { ...far, height: 24 }, false).lines).toEqual([tap])
  expect(fitted([tap, mac], { ...far, height: 8 }, false).lines).toEqual([])
})

test('above a mark there is half the room', () => {
  expect(fitted([tap, mac], { ...far, height: 64 }, true)).toEqual({ lines: [tap], foot: -13 })
  expect(fitted([tap, mac], { ...far, height: 40 }, true).lines).toEqual([])
})

test('between boxes side by side nothing is written that is wider than the gap', () => {
  expect(fitted([tap, mac], { ...far, width: 48 }, false)).toEqual({ lines: [tap], foot: -4 })
  expect(fitted([tap, mac], { ...far, width: 120 }, false).lines).toEqual([tap, mac])
})
