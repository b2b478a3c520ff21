import { act, screen, within } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Deployment, Finding, Part } from '@/live/messages.ts'
import { PartCard } from '@/panels/deploy/PartCard.tsx'
import { ConnectDialog } from '@/panels/dialogs/ConnectDialog.tsx'
import { FindingsList } from '@/panels/findings/FindingsList.tsx'
import { Inspector } from '@/panels/inspector/Inspector.tsx'
import { actions, get, http, statuses, useStore } from '@/store/index.ts'
import { openSmall, show } from './shown.tsx'

beforeEach(() => {
  openSmall()
})

const found: Finding = {
  code: 'unlinked',
  severity: 'error',
  ref: 'nodes/bridge-1',
  field: 'name',
  message: 'Something is wrong.',
  fix: 'Do it right.',
}

test('a finding leads to its place', async () => {
  useStore.setState({ findings: [found] })
  const person = show(<FindingsList />)
  expect(screen.getByText('1 error')).toBeDefined()
  await person.click(screen.getByTestId('finding-0'))
  expect([...get().selection]).toEqual(['nodes/bridge-1'])
})

test('the inspector has a field for every property', () => {
  act(() => actions.select(['nodes/bridge-1']))
  show(<Inspector />)
  const fields = get().kinds['bridge']?.fields ?? []
  expect(fields.length).toBeGreaterThan(8)
  const own = fields.filter(({ name }) => name !== 'vlan') // only of one that is VLAN-aware
  for (const { name } of own) expect(screen.getAllByTestId(`field-${name}`)).not.toEqual([])
})

test('a name is set by Enter, and a wrong one never', async () => {
  act(() => actions.select(['nodes/bridge-1']))
  const person = show(<Inspector />)
  const name = screen.getAllByTestId('field-name')[0] as HTMLElement
  await person.clear(name)
  await person.type(name, 'not a name{Enter}')
  expect(get().design.nodes['bridge-1']?.['name']).not.toBe('not a name')
  await person.clear(name)
  await person.type(name, 'brx{Enter}')
  expect(get().design.nodes['bridge-1']?.['name']).toBe('brx')
})

test('what was observed stands at its place, with the facts', () => {
  act(() => {
    actions.select(['nodes/bridge-1'])
    statuses.change({
      'nodes/bridge-1': {
        state: 'failed',
        detail: 'Device or resource busy',
        facts: { index: 7, carrier: false },
        hypervisor: 'hv1',
        at: new Date().toISOString(),
      },
    })
    statuses.flush()
  })
  show(<Inspector />)
  const seen = within(screen.getByTestId('observed'))
  expect(seen.getByText('Device or resource busy')).toBeDefined()
  expect(seen.getByText('Interface index')).toBeDefined()
  expect(seen.getByText('7')).toBeDefined()
})

test('several are changed as one step', async () => {
  act(() => actions.select(['nodes/bridge-1', 'nodes/bridge-2']))
  const person = show(<Inspector />)
  const steps = get().undo.length
  await person.click(screen.getByTestId('field-stp'))
  expect(['bridge-1', 'bridge-2'].map((id) => get().design.nodes[id]?.['stp'])).toEqual([true, true])
  expect(get().undo).toHaveLength(steps + 1)
})

test('connecting offers only what a cable may lead to', async () => {
  act(() => actions.openConnect({ node: 'bridge-1' }))
  const person = show(<ConnectDialog />)
  await person.click(await screen.findByTestId('connect-to'))
  const offered = await screen.findAllByRole('option', { hidden: true })
  const said = offered.map((one) => one.textContent ?? '')
  expect(said.some((one) => one.includes('(container'))).toBe(true)
  expect(said.filter((one) => /segment|core/.test(one))).toEqual([]) // not there, not another host
})

test('a part that failed shows whose words they are, and leads to the node', async () => {
  const focus = vi.spyOn(actions, 'focusOn').mockImplementation(() => undefined)
  const part: Part = {
    hypervisor: { id: 'h', name: 'hv1' },
    state: 'failed',
    phase: 'apply',
    putting_back: false,
    done: 3,
    total: 8,
    note: '',
    message: 'It failed.',
    failure: { ref: 'nodes/bridge-1', key: ['link', 'br0'], words: 'File exists', advice: 'Rename it.' },
    fingerprint: '',
    operations_count: 8,
    seconds: null,
    writes: 3,
    guarded: null,
    restarts: [],
    waits: [],
  }
  const person = show(<PartCard part={part} shown={false} onShow={() => undefined} />)
  expect(screen.getByText('File exists')).toBeDefined()
  expect(screen.getByText('Rename it.')).toBeDefined()
  await person.click(screen.getByRole('button', { name: 'Show bridge-1 on the canvas' }))
  expect(focus).toHaveBeenCalledWith('nodes/bridge-1')
})

test('an answer that comes after its events does not turn them back', async () => {
  const begun = { id: 'd1', kind: 'plan', state: 'planning', parts: [] } as unknown as Deployment
  const planned = { ...begun, state: 'planned' } as Deployment
  vi.spyOn(http, 'post').mockImplementation(() => {
    useStore.setState({ deployment: planned })
    return Promise.resolve(begun)
  })
  await act(() => actions.deploy('plan'))
  expect(get().deployment).toBe(planned)
})
