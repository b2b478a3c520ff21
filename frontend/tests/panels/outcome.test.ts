import { expect, test } from 'vitest'
import type { Deployment, Part } from '@/live/messages.ts'
import { outcomes } from '@/panels/deploy/outcome.ts'

const part = (name: string, values: Partial<Part>): Part => ({
  hypervisor: { id: name, name },
  state: 'applied',
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
const deployment = (values: Partial<Deployment>, parts: Part[]): Deployment =>
  ({ kind: 'deploy', state: 'failed', ending: '', parts, ...values }) as Deployment
const lines = (one: Deployment): string[] => outcomes(one).map(({ name, words }) => `${name} ${words}`)
const failure = { ref: null, key: null, words: 'File exists.', advice: '' }

test('what failed comes first, and the others say that they were put back', () => {
  expect(
    lines(
      deployment({}, [
        part('hv1', { state: 'undone', done: 4, total: 4 }),
        part('hv2', { state: 'undone', failure }),
        part('hv3', { state: 'undone' }),
      ]),
    ),
  ).toEqual([
    'hv2 failed: File exists; what it had done was undone',
    'hv1 had worked, and was put back to what it was before',
    'hv3 was not begun; nothing was touched',
  ])
})

test('while it goes on, what is being put back is said', () => {
  expect(
    lines(
      deployment({ state: 'applying', ending: 'failed' }, [
        part('hv1', { state: 'applying', putting_back: true }),
        part('hv2', { state: 'failed', failure }),
      ]),
    ),
  ).toEqual([
    'hv2 failed: File exists; it was put back to what it was before',
    'hv1 is being put back to what it was before',
  ])
})

test('what could not be put back is said with the reason', () => {
  expect(
    lines(
      deployment({}, [
        part('hv1', { state: 'failed', failure, note: 'the agent is silent' }),
        part('hv2', { state: 'refused', message: 'Protected.' }),
      ]),
    ),
  ).toEqual([
    'hv1 failed: File exists; it could not be put back: the agent is silent',
    'hv2 refused: Protected; nothing was touched',
  ])
})

test('nothing is said while all goes well, nor of a single hypervisor', () => {
  expect(lines(deployment({ state: 'done' }, [part('hv1', {}), part('hv2', {})]))).toEqual([])
  expect(lines(deployment({}, [part('hv1', { state: 'undone', failure })]))).toEqual([])
})
