import { expect, test } from 'vitest'
import type { Circumstances, VmActionName } from '@/model/vms.ts'
import { powerOf, whyNotAct } from '@/model/vms.ts'

const ALL: readonly VmActionName[] = [
  'start', 'shutdown', 'reboot', 'force-off', 'pause', 'resume', 'snapshot', 'revert',
  'delete-snapshot', 'clone',
]

function vm(domain_state: string, more: Partial<Circumstances> = {}, domain_reason = ''): Circumstances {
  return {
    node: { kind: 'vm', label: '', disk: 'debian.qcow2' },
    status: { state: 'ok', facts: { domain_state, domain_reason } },
    last: undefined,
    deploying: false,
    hypervisor: { name: 'hv1', connected: true },
    ...more,
  }
}

const possible = (now: Circumstances): VmActionName[] =>
  ALL.filter((action) => whyNotAct(action, now) === undefined)

const ON_DISK = ['snapshot', 'revert', 'delete-snapshot', 'clone']

test.each([
  ['running', '', ['shutdown', 'reboot', 'force-off', 'pause', ...ON_DISK]],
  ['paused', 'user', ['force-off', 'resume', ...ON_DISK]],
  ['paused', 'I/O error', ['force-off', 'resume', ...ON_DISK]],
  ['shut off', 'shutdown', ['start', ...ON_DISK]],
  ['shut off', 'crashed', ['start', ...ON_DISK]],
  ['in shutdown', '', ['force-off', ...ON_DISK]],
])('of a VM that is %s (%s)', (state, reason, actions) => {
  expect(possible(vm(state, {}, reason))).toEqual(actions)
})

test('why not, in words that say what to do first', () => {
  const open = { action: 'shutdown', state: 'running' } as const
  expect(whyNotAct('shutdown', vm('paused'))).toBe('It is paused: resume it first.')
  expect(whyNotAct('start', vm('paused'))).toBe('It is paused: resume it.')
  expect(whyNotAct('start', vm('running', { status: undefined }))).toBe('Deploy the VM first.')
  expect(whyNotAct('pause', vm('running', { deploying: true }))).toBe('The lab is being deployed.')
  expect(whyNotAct('pause', vm('running', { last: open }))).toBe(
    'Shutting down: wait for its end.',
  )
  const away = { name: 'hv1', connected: false }
  expect(whyNotAct('start', vm('shut off', { hypervisor: away }))).toBe(
    'hv1 is not connected: start its agent.',
  )
  const diskless = vm('running', { node: { kind: 'vm', label: '', disk: '' } })
  expect(whyNotAct('snapshot', diskless)).toBe('It has no disk that could hold a snapshot.')
})

test('the way out of all others is open while another action goes on, but not while it does itself', () => {
  const at = (action: VmActionName): Circumstances =>
    vm('running', { last: { action, state: 'running' } })
  expect(whyNotAct('force-off', at('shutdown'))).toBeUndefined()
  expect(whyNotAct('force-off', at('force-off'))).toBeDefined()
})

test('of a VM that was not heard of for long nothing is said', () => {
  expect(powerOf({ state: 'unknown', facts: { domain_state: 'running' } })).toBeUndefined()
  expect(powerOf(undefined)).toBeUndefined()
})
