import { expect, test } from 'vitest'
import { Builder } from '@/dev/labs.ts'
import { carried, said, viewOf } from '@/panels/inspector/trunk/access.ts'

function lab(): Builder {
  const made = new Builder()
  const host = made.node('host')
  made.node('nic', { host, name: 'eth1' })
  made.node('trunk', { host, vlans: [10, 20, 30], native: 30 })
  made.link('nic-1', 'trunk-1') // trunk-1:p1
  made.node('bridge', { host, name: 'brvlan-10' })
  made.node('bridge', { host })
  made.node('router', { host, label: 'gateway' })
  made.link('trunk-1', 'bridge-1') // p2
  made.link('trunk-1', 'bridge-2') // p3
  made.link('trunk-1', 'router-1') // p4
  made.set('interfaces/trunk-1:p2', { vlan: 10 })
  made.set('interfaces/trunk-1:p3', { vlan: 30 })
  made.set('interfaces/trunk-1:p4', { vlan: 20 })
  return made
}
const lines = (made: Builder): string[] => viewOf(made.design, 'trunk-1').access.map(said)

test('each access link says what comes of it', () => {
  expect(lines(lab())).toEqual([
    'VLAN 10: eth1.10, a port of brvlan-10',
    'VLAN 20: eth0 of gateway',
    'VLAN 30, untagged: eth1 itself, a port of bridge-2',
  ])
})

test('a name that was written is taken', () => {
  const made = lab()
  made.set('interfaces/trunk-1:p2', { name: 'green' })
  expect(lines(made)[0]).toBe('VLAN 10: green, a port of brvlan-10')
  expect(viewOf(made.design, 'trunk-1').access[0]?.named).toBe(true)
})

test('a port without a cable is the hypervisor itself, once it has an address', () => {
  const made = lab()
  made.design = {
    ...made.design,
    links: Object.fromEntries(
      Object.entries(made.design.links).filter(([, link]) => link.a !== 'trunk-1:p2' && link.b !== 'trunk-1:p2'),
    ),
  }
  expect(lines(made)[0]).toMatch(/nothing is made$/)
  made.set('interfaces/trunk-1:p2', { addresses: ['10.0.0.9/24'] })
  expect(lines(made)[0]).toBe('VLAN 10: eth1.10 with 10.0.0.9/24')
})

test('what has no VLAN yet comes last and says so', () => {
  const made = lab()
  made.set('interfaces/trunk-1:p2', { vlan: null })
  expect(lines(made).at(-1)).toBe('brvlan-10: no VLAN yet')
})

test('a VLAN-aware trunk carries all but the native one with a tag', () => {
  const made = lab()
  made.set('nodes/trunk-1', { mode: 'vlan-aware' })
  const view = viewOf(made.design, 'trunk-1')
  expect(view.mode).toBe('vlan-aware')
  expect(carried(view)).toEqual({ tagged: '10, 20', untagged: '30' })
  made.set('nodes/trunk-1', { native: null })
  expect(carried(viewOf(made.design, 'trunk-1'))).toEqual({ tagged: '10, 20, 30', untagged: 'none' })
})
