/** A VM's life by hand: the buttons of the inspector, and the commands of the menu. */

import { Menu } from '@mantine/core'
import { act, screen } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'
import { VmItems } from '@/canvas/VmItems.tsx'
import type { Status, VmAction } from '@/live/messages.ts'
import { ref } from '@/model/records.ts'
import { Lifecycle } from '@/panels/vm/Lifecycle.tsx'
import { VmDialog } from '@/panels/vm/VmDialog.tsx'
import { actions, get, statuses, useStore } from '@/store/index.ts'
import { openSmall, show } from './shown.tsx'

let vm: string

beforeEach(() => {
  openSmall()
  vi.restoreAllMocks()
  vm = Object.keys(get().design.nodes).find((id) => get().design.nodes[id]?.kind === 'vm') ?? ''
  expect(vm).not.toBe('')
})

function is(domain_state: string, id = vm): void {
  const status: Status = {
    state: 'ok', detail: '', facts: { domain_state }, hypervisor: 'hv1',
    at: new Date().toISOString(),
  }
  act(() => {
    statuses.change({ [ref('nodes', id)]: status })
    statuses.flush()
  })
}

function last(values: Partial<VmAction>): void {
  const action = {
    id: 'a1', node: vm, action: 'shutdown', state: 'running', message: '', advice: '',
    created: new Date().toISOString(), finished: null, by: { id: 'u', name: 'alice' },
    hypervisor: { id: 'h', name: 'hv1' }, snapshot: '', clone: '', ...values,
  } as unknown as VmAction
  act(() => useStore.setState({ vmActions: { [vm]: action } }))
}

const offered = (): Record<string, boolean> =>
  Object.fromEntries(
    ['start', 'resume', 'shutdown', 'reboot', 'pause', 'force-off'].flatMap((action) => {
      const button = screen.queryByTestId(`act-${action}`)
      return button ? [[action, button.getAttribute('aria-disabled') !== 'true']] : []
    }),
  )

test('of a VM that is not deployed there is nothing to be said', () => {
  show(<Lifecycle id={vm} />)
  expect(screen.queryByTestId('lifecycle')).toBeNull()
})

test.each([
  ['running', { start: false, shutdown: true, reboot: true, pause: true, 'force-off': true }],
  ['paused', { resume: true, shutdown: false, reboot: false, pause: false, 'force-off': true }],
  ['shut off', { start: true, shutdown: false, reboot: false, pause: false, 'force-off': false }],
])('%s: what can be asked can be pressed, and the rest says why not', (state, buttons) => {
  is(state)
  show(<Lifecycle id={vm} />)
  expect(offered()).toEqual(buttons)
  for (const [action, possible] of Object.entries(buttons)) {
    const why = screen.getByTestId(`act-${action}`).getAttribute('aria-description')
    expect(Boolean(why)).toBe(!possible)
  }
})

test('pressed it is asked for, and refused it is not', async () => {
  const asked = vi.spyOn(actions, 'askVm').mockReturnValue()
  is('shut off')
  const person = show(<Lifecycle id={vm} />)
  await person.click(screen.getByTestId('act-shutdown'))
  expect(asked).not.toHaveBeenCalled()
  screen.getByTestId('act-start').focus()
  await person.keyboard('{Enter}')
  expect(asked).toHaveBeenCalledExactlyOnceWith(vm, 'start')
})

test('under way it says since when, for whom and how far; failed it says why and can be dismissed', async () => {
  is('running')
  const person = show(<Lifecycle id={vm} />)
  last({ message: 'The guest was asked to shut down.' })
  const busy = screen.getByTestId('vm-busy').textContent
  expect(busy).toContain('Shutting down, as alice asked. The guest was asked to shut down.')
  expect(offered()['force-off']).toBe(true)
  expect(offered()['pause']).toBe(false)
  last({ state: 'failed', message: 'The guest did not.', advice: 'Force it off.', finished: new Date().toISOString() })
  expect(screen.getByTestId('vm-failed').textContent).toContain('The guest did not. Force it off.')
  await person.click(screen.getByRole('button', { name: 'Dismiss' }))
  expect(screen.queryByTestId('vm-failed')).toBeNull()
})

test('what loses something is asked about first', async () => {
  const acted = vi.spyOn(actions, 'actOnVm').mockResolvedValue(true)
  is('running')
  const person = show(
    <>
      <Lifecycle id={vm} />
      <VmDialog />
    </>,
  )
  await person.click(screen.getByTestId('act-force-off'))
  expect(acted).not.toHaveBeenCalled()
  expect(screen.getByText(/what it has not written to its disk is lost/)).toBeDefined()
  await person.click(screen.getByTestId('vm-confirm'))
  expect(acted).toHaveBeenCalledExactlyOnceWith(vm, 'force-off', {})
})

function menu(...ids: string[]): ReturnType<typeof show> {
  return show(
    <Menu opened>
      <Menu.Dropdown>
        <VmItems ids={ids} />
      </Menu.Dropdown>
    </Menu>,
  )
}

const items = (): Record<string, boolean> =>
  Object.fromEntries(
    screen
      .getAllByRole('menuitem')
      .map((one) => [one.textContent ?? '', !one.hasAttribute('data-disabled')]),
  )

test.each([
  ['running', { Start: false, 'Shut down': true, Restart: true, Pause: true, 'Force off…': true }],
  ['paused', { 'Shut down': false, Restart: false, Resume: true, 'Force off…': true }],
  ['shut off', { Start: true, 'Shut down': false, Restart: false, 'Force off…': false }],
])('the menu of a VM that is %s', (state, commands) => {
  is(state)
  menu(vm)
  expect(items()).toEqual({ ...commands, 'Take a snapshot…': false, 'Clone VM': true }) // no disk
})

test('the menu of several does together what fits one of them', async () => {
  const acted = vi.spyOn(actions, 'actOnVms').mockResolvedValue()
  const other = `${vm}-2`
  const node = get().design.nodes[vm]
  act(() =>
    useStore.setState((state) => ({
      design: { ...state.design, nodes: { ...state.design.nodes, ...(node ? { [other]: node } : {}) } },
    })),
  )
  is('running')
  is('shut off', other)
  const person = menu(vm, other)
  expect(items()).toEqual({
    'Start 2 VMs': true, 'Shut down 2 VMs': true, 'Restart 2 VMs': true, 'Pause 2 VMs': true,
    'Resume 2 VMs': false,
  })
  await person.click(screen.getByTestId('vm-shutdown'))
  expect(acted).toHaveBeenCalledExactlyOnceWith('shutdown', [vm, other])
})
