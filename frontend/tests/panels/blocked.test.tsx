import { screen, within } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'
import { DeployDrawer } from '@/panels/deploy/DeployDrawer.tsx'
import type { Deployment } from '@/live/messages.ts'
import { actions, http, useStore } from '@/store/index.ts'
import { openSmall, show } from './shown.tsx'

const FAILED = {
  id: 'd1',
  kind: 'destroy',
  state: 'failed',
  revision: 3,
  created: '2026-01-01T00:00:00Z',
  parts: [],
  warnings: [],
  preflight: null,
} as unknown as Deployment

beforeEach(() => {
  openSmall()
  vi.restoreAllMocks()
  vi.spyOn(http, 'get').mockResolvedValue([])
  actions.setUi({ drawer: 'deploy' })
})

test('what was not begun is tried again as it was wanted', async () => {
  const deploy = vi.spyOn(actions, 'deploy').mockResolvedValue()
  useStore.setState({
    blocked: { message: 'br0 is there.', findings: [], kind: 'plan', wishes: { auto: false } },
  })
  const person = show(<DeployDrawer />)
  const told = within(screen.getByTestId('blocked'))
  expect(told.getByText('br0 is there.')).toBeDefined()
  await person.click(told.getByRole('button', { name: 'Try again' }))
  expect(deploy).toHaveBeenCalledWith('plan', { auto: false })
})

test('one thing is tried again: what was wanted last', async () => {
  const deploy = vi.spyOn(actions, 'deploy').mockResolvedValue()
  useStore.setState({
    deployment: FAILED,
    blocked: { message: 'br0 is there.', findings: [], kind: 'deploy', wishes: {} },
  })
  const person = show(<DeployDrawer />)
  await person.click(screen.getByRole('button', { name: 'Try again' }))
  expect(deploy).toHaveBeenCalledWith('deploy', {})
})
