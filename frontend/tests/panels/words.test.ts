import { expect, test } from 'vitest'
import type { Deployment, Part } from '@/live/messages.ts'
import { ago } from '@/panels/ago.ts'
import { line, partState, percent, plural, stateOf } from '@/panels/deploy/words.ts'

const part = (values: Partial<Part>): Part => ({
  hypervisor: { id: 'h', name: 'hv1' },
  state: 'applying',
  phase: 'apply',
  putting_back: false,
  done: 0,
  total: 0,
  note: '',
  message: '',
  failure: null,
  fingerprint: '',
  operations_count: 0,
  seconds: null,
  writes: null,
  guarded: null,
  restarts: [],
  waits: [],
  ...values,
})

test('progress is what is done of all, and never more', () => {
  expect(percent(part({ done: 1, total: 4 }))).toBe(25)
  expect(percent(part({ done: 9, total: 4 }))).toBe(100)
  expect(percent(part({ total: 0 }))).toBe(0)
  expect(percent(part({ state: 'applied', total: 0 }))).toBe(100)
})

test('a plan without operations says that nothing changes', () => {
  expect(line(part({ state: 'planned' }))).toBe('Nothing to change')
  expect(line(part({ state: 'applied' }))).toBe('Nothing had to change')
  expect(line(part({ state: 'applied', operations_count: 2 }))).toBe('2 operations')
  expect(line(part({ done: 3, total: 8, operations_count: 8 }))).toBe('3 of 8 operations')
})

test('what never began was not put back', () => {
  expect(partState(part({ state: 'undone', done: 0 })).words).toBe('Not begun')
  expect(partState(part({ state: 'undone', done: 5 })).words).toBe('Put back')
  expect(partState(part({ state: 'applying', putting_back: true })).words).toBe('Putting back')
})

test('a deployment that is being put back says so', () => {
  const deployment = { state: 'applying', ending: '' } as Deployment
  expect(stateOf(deployment).words).toBe('Working')
  expect(stateOf({ ...deployment, ending: 'cancelled' }).words).toBe('Putting back')
})

test('counts', () => {
  expect([plural(0, 'error'), plural(1, 'error'), plural(1200, 'error')]).toEqual([
    '0 errors',
    '1 error',
    '1,200 errors',
  ])
})

test('how long ago', () => {
  const now = Date.parse('2026-05-05T12:00:00Z')
  expect(ago('2026-05-05T11:59:40Z', now)).toBe('just now')
  expect(ago('2026-05-05T11:58:00Z', now)).toBe('2 minutes ago')
  expect(ago('2026-05-04T12:00:00Z', now)).toBe('yesterday')
  expect(ago(null, now)).toBe('never')
})
