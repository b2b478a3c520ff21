import { act, screen, within } from '@testing-library/react'
import type { UserEvent } from '@testing-library/user-event'
import { beforeEach, expect, test } from 'vitest'
import { forwarding } from '@/dev/labs.ts'
import { forwardsOf } from '@/model/forwards.ts'
import type { Forward } from '@/model/forwards.ts'
import { isAbout } from '@/panels/inspector/forward.ts'
import { Fields } from '@/panels/inspector/Fields.tsx'
import { offeredAtNode } from '@/panels/inspector/meant.ts'
import { actions, get, useStore } from '@/store/index.ts'
import { openLab, show } from './shown.tsx'

const kept = (): readonly Forward[] => forwardsOf(get().design.nodes['network-1'])
const ports = (): number[] => kept().map((one) => one.port)

beforeEach(() => {
  openLab(forwarding())
})

/** The field alone: finding things in the whole inspector takes long. */
function open(): UserEvent {
  const specs = (get().kinds['network']?.fields ?? []).filter(({ name }) => name === 'forwards')
  return show(<Fields refs={['nodes/network-1']} specs={specs} />)
}

const field = (label: string): HTMLInputElement => screen.getByLabelText(label)
const addButton = (): HTMLButtonElement => screen.getByRole('button', { name: 'Add a port forward' })

test('a forward is added, changed and removed by keyboard alone', async () => {
  const person = open()
  act(() => addButton().focus())
  await person.keyboard('{Enter}')
  expect(kept()[3]).toEqual({ protocol: 'tcp', port: 8081, to: 'container-1:eth0', to_port: 80 })
  expect(document.activeElement).toBe(field('Forward 4: port of the host'))
  await person.keyboard('9090{Enter}')
  expect(ports()).toEqual([8080, 53, 2222, 9090])
  act(() => field('Remove forward 53').focus())
  await person.keyboard('{Enter}')
  expect(ports()).toEqual([8080, 2222, 9090])
  expect(document.activeElement).toBe(field('Remove forward 2222'))
  act(() => actions.undo())
  expect(ports()).toEqual([8080, 53, 2222, 9090])
  expect(field('Forward 2: port of the host').value).toBe('53')
})

test('the last one that is removed hands the focus to the button that adds', async () => {
  const person = open()
  for (const port of [2222, 53, 8080])
    await person.click(field(`Remove forward ${port}`))
  expect(kept()).toEqual([])
  expect(document.activeElement).toBe(addButton())
})

test('a port that cannot be is told and not kept, and Escape takes it back', async () => {
  const person = open()
  const port = field('Forward 2: port of the host')
  await person.clear(port)
  await person.type(port, '70000{Enter}')
  expect(within(screen.getByTestId('forward-2')).getByText('From 1 to 65535.')).toBeDefined()
  expect(ports()).toEqual([8080, 53, 2222])
  await person.keyboard('{Escape}')
  expect(port.value).toBe('53')
})

test('a port can be forwarded once for each protocol', async () => {
  const person = open()
  const port = field('Forward 2: port of the host')
  await person.clear(port)
  await person.type(port, '8080{Enter}')
  expect(ports()).toEqual([8080, 8080, 2222])
  await person.selectOptions(field('Forward 2: protocol'), 'tcp')
  expect(screen.getAllByText('TCP port 8080 is forwarded twice.')).toHaveLength(2)
  expect(kept()[1]?.protocol).toBe('udp')
})

test('an empty port at the card is the same as the host\u2019s', async () => {
  const person = open()
  const there = field('Forward 1: port there')
  await person.clear(there)
  await person.tab()
  expect(kept()[0]?.to_port).toBe(8080)
  expect(there.value).toBe('8080')
})

test('what the rules find stands at the row that it names, or at the field', () => {
  const finding = { code: 'forward', severity: 'error' as const, ref: 'nodes/network-1' as const, field: 'forwards', fix: '' }
  const findings = [
    { ...finding, message: 'The hypervisor listens at tcp port 2222.' },
    { ...finding, message: 'It has no addresses.' },
  ]
  const findingsAt = new Map([['nodes/network-1' as const, findings]])
  act(() => useStore.setState({ findings, findingsAt }))
  open()
  const third = within(screen.getByTestId('forward-3'))
  expect(third.getByText('The hypervisor listens at tcp port 2222.')).toBeDefined()
  expect(screen.getAllByText(/The hypervisor listens/)).toHaveLength(1)
  expect(screen.getByText('It has no addresses.')).toBeDefined()
})

test.each([
  ['Port 80 is taken.', true],
  ['80/tcp is taken.', true],
  ['udp port 80 is taken.', false],
  ['192.168.0.80 has no route, nor has 10.0.0.1:80.', false],
  ['Port 8080 is taken.', false],
])('%s', (message, about) => {
  const finding = { code: '', severity: 'error' as const, ref: 'nodes/n' as const, field: '', message, fix: '' }
  expect(isAbout(finding, { protocol: 'tcp', port: 80, to: 'a:b', to_port: 1 })).toBe(about)
})

test('only a NAT network forwards, or one that was told to before', () => {
  const fields = (): string[] => {
    const [node, spec] = [get().design.nodes['network-1'], get().kinds['network']]
    return node && spec ? offeredAtNode(node, spec).map(({ name }) => name) : []
  }
  expect(fields()).toContain('forwards')
  actions.editFields(['nodes/network-1'], { forward: 'isolated' })
  expect(fields()).toContain('forwards')
  actions.editFields(['nodes/network-1'], { forwards: [] })
  expect(fields()).not.toContain('forwards')
})

test('nothing can be forwarded where nothing is plugged in', () => {
  open()
  expect(addButton().disabled).toBe(false)
  act(() => actions.remove(['nodes/vm-1', 'nodes/container-1']))
  expect(addButton().disabled).toBe(true)
})
