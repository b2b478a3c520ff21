import { expect, test } from 'vitest'
import { answerOf } from '@/live/answers.ts'
import { pings, summary } from '@/panels/checks/answers.ts'

test.each([
  ['reach', 'ok', 'Reached', 'ok'],
  ['reach', 'failed', 'Not reached', 'failed'],
  ['no-reach', 'ok', 'Not reached, as it should be', 'ok'],
  ['no-reach', 'failed', 'Reached, and must not be', 'failed'],
  ['reach', 'applying', 'Asking…', 'applying'],
  ['no-reach', 'unknown', 'No answer known', 'unknown'],
] as const)('%s that is %s: “%s”', (expected, state, words, sign) => {
  expect(answerOf(expected, state)).toMatchObject({ words, sign })
})

test('what was never asked says so', () => {
  expect(answerOf('reach', undefined).words).toBe('Not run yet')
})

test('pings are counted in words', () => {
  expect(pings({ sent: 1, received: 1, rtt_ms: 0.42 })).toBe('1 of 1 ping answered, 0.4 ms')
  expect(pings({ sent: 3, received: 0 })).toBe('0 of 3 pings answered')
  expect(pings({})).toBe('')
})

test('the whole in one line', () => {
  expect(summary(0, {})).toBe('')
  expect(summary(3, { ok: 3 })).toBe('All 3 as expected')
  expect(summary(5, { ok: 1, failed: 1, applying: 1, unknown: 1 })).toBe(
    '1 not as expected, 1 being asked, 1 as expected, 1 without an answer, 1 not run yet',
  )
})
