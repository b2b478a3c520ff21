/** Before a plan is applied that changes the NIC that a hypervisor is reached by, it is asked about. */

import { screen } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import type { Deployment, Part } from '@/live/messages.ts'
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
  guarded: { cards: ['eth0'], management: ['eth0'], seconds: 30 },
  operations_count: 2,
  restarts: [],
  seconds: null,
  writes: null,
}

function planned(part: Part): void {
  const deployment = {
    id: 'd1', lab: 'l', kind: 'plan', state: 'planned', revision: 1, auto: false, ending: '',
    created: new Date().toISOString(), finished: null, by: null, message: '', preflight: null,
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
  expect(await screen.findByText('hv1 is reached by eth0.')).toBeDefined()
  await person.click(screen.getByTestId('guarded-confirm'))
  expect(apply).toHaveBeenCalledExactlyOnceWith('d1')
})

test('another NIC with addresses: said, and not asked for', async () => {
  const apply = vi.spyOn(actions, 'applyDeployment').mockResolvedValue()
  apply.mockClear()
  planned({ ...PART, guarded: { cards: ['eth1'], management: [], seconds: 30 } })
  const person = show(<DeployDrawer />)
  expect(screen.getByTestId('guarded-hv1').textContent).toContain('eth1 holds addresses')
  await person.click(screen.getByTestId('apply'))
  expect(apply).toHaveBeenCalledExactlyOnceWith('d1')
})
