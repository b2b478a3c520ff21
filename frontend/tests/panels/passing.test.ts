import { expect, test } from 'vitest'
import { Builder } from '@/dev/labs.ts'
import { passingTable } from '@/panels/inspector/segment/table.ts'
import { rowsOf } from '@/panels/outline/rows.ts'

/** Three hosts on a segment, two of them with a trunk; VMs of both in VLAN 10. */
function lab(): Builder {
  const made = new Builder()
  const segment = made.node('segment')
  for (const number of [1, 2, 3]) {
    const host = made.node('host')
    const nic = made.node('nic', { host, name: 'eth1' })
    made.link(nic, segment)
    if (number === 3) continue
    const trunk = made.node('trunk', { host, vlans: number === 1 ? [10, 20] : [10], native: 10 })
    made.link(nic, trunk)
    const bridge = made.node('bridge', { host })
    made.link(trunk, bridge)
    made.set(`interfaces/${trunk}:p2`, { vlan: number === 1 ? 20 : 10 })
    made.link(made.node('vm', { host }), bridge)
  }
  return made
}

test('a column for each host, a row for each VLAN, and what leads nowhere is marked', () => {
  expect(passingTable(lab().design, 'segment-1')).toEqual({
    hosts: ['host-1', 'host-2', 'host-3'],
    rows: [
      { vlan: 0, title: 'untagged', hosts: ['host-1', 'host-2'], alone: false },
      { vlan: 20, title: '20', hosts: ['host-1'], alone: true },
    ],
  })
})

test('neighbours that fare alike are one row', () => {
  const made = lab()
  made.set('nodes/trunk-1', { vlans: [9, 10, '100-110'] })
  made.set('nodes/trunk-2', { vlans: [10, '105-110'] })
  const { rows } = passingTable(made.design, 'segment-1')
  expect(rows.map(({ title, alone }) => [title, alone])).toEqual([
    ['untagged', false],
    ['9', true],
    ['100-104', true],
    ['105-110', false],
  ])
})

test('the outline says which VLANs a node has to do with, and finds them', () => {
  const rows = rowsOf(lab().design, new Set(), { text: '', kind: null })
  const notes = Object.fromEntries(rows.filter((row) => row.note).map((row) => [row.id, row.note]))
  expect(notes).toEqual({
    'trunk-1': '10, 20',
    'bridge-1': 'VLAN 20',
    'vm-1': 'VLAN 20',
    'trunk-2': '10',
    'bridge-2': 'VLAN 10',
    'vm-2': 'VLAN 10',
  })
  const found = rowsOf(lab().design, new Set(), { text: 'vlan 20', kind: null })
  expect(found.map((row) => row.id)).toEqual(['host-1', 'bridge-1', 'vm-1'])
  const trunks = rowsOf(lab().design, new Set(), { text: '20', kind: 'trunk' })
  expect(trunks.map((row) => row.id)).toEqual(['host-1', 'trunk-1'])
})

test('checks stand below a heading of their own', () => {
  const made = lab()
  made.design = {
    ...made.design,
    checks: {
      'vm-1~vm-2': { source: 'vm-1', target: 'vm-2', address: '', port: null, expect: 'no-reach', within: 120, label: '' },
    },
  }
  const wanted = { text: '', kind: 'check' } as const
  const rows = rowsOf(made.design, new Set(), wanted)
  expect(rows.map(({ title, at, level }) => [title, at, level])).toEqual([
    ['Checks', null, 1],
    ['vm-1 ↛ vm-2', 'checks/vm-1~vm-2', 2],
  ])
  expect(rowsOf(made.design, new Set(['checks/']), { text: '', kind: null }).at(-1)?.title).toBe('Checks')
})
