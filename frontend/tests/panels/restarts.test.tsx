import { screen } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'
import { PowerLine } from '@/canvas/PowerLine.tsx'
import type { Deployment, Part, Status } from '@/live/messages.ts'
import { Restarts, Waits } from '@/panels/deploy/Restarts.tsx'
import { actions } from '@/store/index.ts'
import { openSmall, show } from './shown.tsx'

beforeEach(() => {
  openSmall()
  vi.restoreAllMocks()
})

const deployment = (part: Partial<Part>, values: Partial<Deployment> = {}): Deployment =>
  ({
    id: 'd1',
    kind: 'deploy',
    state: 'planned',
    at_next_start: false,
    ...values,
    parts: [{ restarts: [], waits: [], ...part }],
  }) as unknown as Deployment

test('what would be restarted can be left to the next start, and is planned anew for that', async () => {
  const deploy = vi.spyOn(actions, 'deploy').mockResolvedValue()
  const focus = vi.spyOn(actions, 'focusOn')
  const person = show(<Restarts deployment={deployment({ restarts: ['nodes/vm-1'] })} />)
  expect(screen.getByText('Apply restarts 1 VM')).toBeDefined()
  await person.click(screen.getByRole('button', { name: 'vm-1' }))
  expect(focus).toHaveBeenCalledWith('nodes/vm-1')
  await person.click(screen.getByRole('button', { name: 'Leave it to their next start' }))
  expect(deploy).toHaveBeenCalledWith('deploy', { auto: false, at_next_start: true })
})

test('what cannot wait is said, and not offered once more', () => {
  show(
    <Restarts
      deployment={deployment({ restarts: ['nodes/vm-1'] }, { at_next_start: true })}
    />,
  )
  expect(screen.getByText(/cannot wait for their next start/)).toBeDefined()
  expect(screen.queryByTestId('at-next-start')).toBeNull()
})

test('what waits is listed while it is planned and once it is done, not where it was put back', () => {
  const waits: Partial<Part> = { waits: ['nodes/vm-1', 'nodes/vm-2'] }
  show(
    <>
      <Waits deployment={deployment(waits, { state: 'done' })} />
      <Waits deployment={deployment(waits, { state: 'failed' })} />
      <Waits deployment={deployment({})} />
    </>,
  )
  expect(screen.getByText('2 VMs: the rest at the next start')).toBeDefined()
  expect(screen.getAllByTestId('waits')).toHaveLength(1)
})

test('the canvas shows at a VM what it will be when it is started next', () => {
  const status = {
    state: 'ok',
    detail: '',
    facts: { domain_state: 'running', next_start: ['vCPUs 2 → 4', 'display none → vnc'] },
  } as unknown as Status
  show(<PowerLine id="vm-1" status={status} small="VM" leases={[]} />)
  const sign = screen.getByTestId('next-start-vm-1')
  expect(sign.title).toBe('At its next start: vCPUs 2 → 4, display none → vnc')
  expect(sign.textContent).toContain('at its next start: vCPUs 2 → 4')
})
