/** Before a plan is applied: what it changes of the NIC that a hypervisor is reached by is asked about. */

import { screen, within } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import type { Deployment, Finding, Part, Status } from '@/live/messages.ts'
import { sayGivenBack } from '@/panels/deploy/guarded.ts'
import { DeployDrawer } from '@/panels/index.ts'
import { actions, useStore } from '@/store/index.ts'
import { show } from './shown.tsx'

const PART: Part = {
  hypervisor: { id: 'h', name: 'hv1' },
  state: 'planned',
  phase: 'plan',
  putting_back: false,
  done: 0,
  total: 2,
  note: '',
  message: '',
  failure: null,
  fingerprint: 'f',
  guarded: {
    cards: ['eth0'], management: ['eth0'], seconds: 30,
    moves: ['198.18.0.11/24 and the routes default via 198.18.0.1 move to br0.'],
  },
  operations_count: 2,
  restarts: [],
  waits: [],
  seconds: null,
  writes: null,
}

function planned(part: Part, warnings: Finding[] = []): void {
  const deployment = {
    id: 'd1', lab: 'l', kind: 'plan', state: 'planned', revision: 1, auto: false, ending: '',
    created: new Date().toISOString(), finished: null, by: null, message: '', preflight: null, warnings,
    parts: [part],
  } as Deployment
  useStore.setState((state) => ({ deployment, ui: { ...state.ui, drawer: 'deploy' } }))
}

test('the NIC that it is reached by: said on the card, asked for before it is applied', async () => {
  const apply = vi.spyOn(actions, 'applyDeployment').mockResolvedValue()
  planned(PART)
  const person = show(<DeployDrawer />)
  expect(screen.getByTestId('guarded-hv1').textContent).toContain('within 30 s')
  await person.click(screen.getByTestId('apply'))
  expect(apply).not.toHaveBeenCalled()
  expect(await screen.findByText(/^hv1 is reached by eth0. 198.18.0.11\/24 .* move to br0.$/)).toBeDefined()
  await person.click(screen.getByTestId('guarded-confirm'))
  expect(apply).toHaveBeenCalledExactlyOnceWith('d1')
})

test('another NIC with addresses: said, and not asked for', async () => {
  const apply = vi.spyOn(actions, 'applyDeployment').mockResolvedValue()
  apply.mockClear()
  planned({ ...PART, guarded: { cards: ['eth1'], management: [], seconds: 30, moves: [] } })
  const person = show(<DeployDrawer />)
  expect(screen.getByTestId('guarded-hv1').textContent).toContain('eth1 holds addresses')
  await person.click(screen.getByTestId('apply'))
  expect(apply).toHaveBeenCalledExactlyOnceWith('d1')
})

test('what is to be known of where it is placed stands beside the plan, and in no way of it', async () => {
  const apply = vi.spyOn(actions, 'applyDeployment').mockResolvedValue()
  apply.mockClear()
  const focus = vi.spyOn(actions, 'focusOn').mockReturnValue()
  const words = { message: 'The packet filter of hv1 drops it.', fix: 'Let who runs hv1 accept it.' }
  const at = { code: 'dropped', severity: 'warning', ref: 'nodes/nat', field: 'forward' } as const
  planned({ ...PART, guarded: null }, [{ ...at, ...words }])
  const person = show(<DeployDrawer />)
  const warnings = within(screen.getByRole('region', { name: 'Warnings' }))
  expect(warnings.getByText(words.fix)).toBeDefined()
  await person.click(warnings.getByText(words.message))
  expect(focus).toHaveBeenCalledExactlyOnceWith('nodes/nat')
  await person.click(screen.getByTestId('apply'))
  expect(apply).toHaveBeenCalledExactlyOnceWith('d1')
})

test('what a destroy gives back to each NIC is named', () => {
  const brought = ['198.18.0.11/24', 'default via 198.18.0.1']
  const lent = { device: 'eth0', bridge: 'br0', brought }
  const shown = [
    { state: 'ok', facts: { device: 'tlv0', bridge: 'br0' }, hypervisor: 'hv1' },
    { state: 'ok', facts: lent, hypervisor: 'hv2' },
  ] as unknown as Status[]
  expect(sayGivenBack(shown)).toEqual([
    'eth0 of hv2 gets back from br0: 198.18.0.11/24, default via 198.18.0.1.',
  ])
})
