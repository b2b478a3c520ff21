import { expect, test } from 'vitest'
import { nextWords, size, stateWords } from '@/panels/console/words.ts'
import { isRunning } from '@/panels/console/useLink.ts'

test('sizes as a person says them', () => {
  expect([7, 3100, 3_100_000, 24_000_000, 5e12].map(size)).toEqual([
    '7 bytes', '3.1 kB', '3.1 MB', '24 MB', '5.0 TB',
  ])
})

test('an end says what happened and what comes next', () => {
  const off = { reason: 'off', code: '', words: '' } as const
  expect(stateWords({ state: 'ended', ending: off })).toBe('VM is off')
  expect(nextWords(off, true, false)).toContain('Start the VM')
  const undeployed = { reason: 'refused', code: 'not-deployed', words: '' } as const
  expect(stateWords({ state: 'ended', ending: undeployed })).toBe('Not deployed')
  const busy = { reason: 'busy', code: '', words: '' } as const
  expect(nextWords(busy, false, true)).toContain('Take it over')
})

test('a VM of which nothing is known is not said to run', () => {
  expect(isRunning(undefined)).toBe(false)
  expect(isRunning({ facts: { domain_state: 'shut off' } })).toBe(false)
  expect(isRunning({ facts: { domain_state: 'running' } })).toBe(true)
})
