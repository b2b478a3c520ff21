import { expect, test } from 'vitest'
import * as build from '@/model/building.ts'
import { candidates, whyNot } from '@/model/connecting.ts'
import { apply, conflicts, invert } from '@/model/edits.ts'
import type { Fields } from '@/model/records.ts'
import { Builder, small } from '@/dev/labs.ts'
import { kinds } from '@/dev/kinds.ts'
import { sound } from './sound.ts'

test('new nodes get free ids and every field', () => {
  const lab = new Builder()
  lab.node('host')
  expect(lab.node('bridge', { host: 'host-1' })).toBe('bridge-1')
  expect(lab.node('bridge', { host: 'host-1' })).toBe('bridge-2')
  const fields = kinds['bridge']?.fields.map((field) => field.name) ?? []
  expect(Object.keys(lab.design.nodes['bridge-1'] ?? {}).sort()).toEqual(
    [...fields, 'kind'].sort(),
  )
})

test('a cable makes the interfaces that it needs', () => {
  const lab = new Builder()
  const host = lab.node('host')
  const br = lab.node('bridge', { host })
  const c = lab.node('container', { host })
  const nic = lab.node('nic', { host })
  const seg = lab.node('segment')
  expect(lab.link(c, br)).toBe('container-1:eth0~bridge-1:p1')
  expect(lab.link(c, br)).toBe('container-1:eth1~bridge-1:p2')
  expect(lab.link(nic, br)).toBe('nic-1:in~bridge-1:p3')
  expect(lab.link(seg, nic)).toBe('segment-1:p1~nic-1:out')
  expect(lab.link(host, br)).toBe('host-1:veth0~bridge-1:p4')
  sound(lab.design)
})

test('what cannot be joined is said in words', () => {
  const { design } = small()
  const why = (a: string, b: string): string | undefined => whyNot(design, { node: a }, { node: b })
  expect(why('container-1', 'bridge-1')).toBeUndefined()
  expect(why('container-1', 'container-1')).toMatch(/two different nodes/)
  expect(why('vm-1', 'container-1')).toMatch(/A VM connects to a bridge, a network/)
  expect(why('container-1', 'bridge-2')).toMatch(/different hosts/)
  expect(why('nic-1', 'segment-1')).toMatch(/has a link on that side/)
  expect(
    whyNot(
      design,
      { node: 'container-1', interface: 'container-1:eth0' },
      { node: 'bridge-1' },
    ),
  ).toMatch(/has a link already/)
  expect(candidates(design, { node: 'vm-1' })).toEqual(['bridge-1'])
})

test('joining is symmetric', () => {
  const { design } = small()
  const ids = Object.keys(design.nodes)
  for (const a of ids)
    for (const b of ids)
      expect(whyNot(design, { node: a }, { node: b }) === undefined).toBe(
        whyNot(design, { node: b }, { node: a }) === undefined,
      )
})

test('deleting takes along what cannot stand alone, and bare ports', () => {
  const { design } = small()
  const after = apply(design, build.remove(design, kinds, ['nodes/container-1']))
  sound(after)
  expect(after.interfaces).not.toHaveProperty(['bridge-1:p1'])
  expect(after.interfaces).toHaveProperty(['bridge-1:p2'])
  const without = apply(design, build.remove(design, kinds, ['nodes/host-1']))
  sound(without)
  expect(Object.values(without.nodes).some((node) => node['host'] === 'host-1')).toBe(false)
  expect(without.interfaces).not.toHaveProperty(['segment-1:p1'])
})

test('a port on which something is set outlives its cable', () => {
  const lab = small()
  lab.set('interfaces/bridge-1:p1', { cost: 10 })
  const link = 'links/container-1:eth0~bridge-1:p1'
  const after = apply(lab.design, build.remove(lab.design, kinds, [link]))
  expect(after.interfaces).toHaveProperty(['bridge-1:p1'])
  expect(after.interfaces).toHaveProperty(['container-1:eth0'])
})

test('a router forgets interfaces that go', () => {
  const lab = small()
  lab.set('nodes/router-1', { masquerade: ['eth0', 'eth1'] })
  const edit = build.remove(lab.design, kinds, ['interfaces/router-1:eth0'])
  const after = apply(lab.design, edit)
  expect(after.nodes['router-1']?.['masquerade']).toEqual(['eth1'])
  expect(apply(after, invert(edit))).toEqual(lab.design)
})

test('nothing is forwarded to cards that go, and an undo forwards again', () => {
  const lab = small()
  const forward = (port: number, to: string): Fields => ({ protocol: 'tcp', port, to, to_port: 80 })
  const kept = forward(8081, 'router-1:eth1')
  lab.set('nodes/network-1', { forwards: [forward(8080, 'vm-2:eth0'), kept] })
  const edit = build.remove(lab.design, kinds, ['nodes/vm-2'])
  const after = apply(lab.design, edit)
  expect(after.nodes['network-1']?.['forwards']).toEqual([kept])
  expect(apply(after, invert(edit))).toEqual(lab.design)
  const both = build.remove(lab.design, kinds, ['nodes/vm-2', 'nodes/network-1'])
  expect(apply(lab.design, both).nodes).not.toHaveProperty('network-1')
})

test('moving one end makes another link that keeps its label', () => {
  const lab = small()
  const br = lab.node('bridge', { host: 'host-1' })
  lab.set('links/container-1:eth0~bridge-1:p1', { label: 'blue' })
  const made = build.reconnect(
    lab.design,
    kinds,
    'container-1:eth0~bridge-1:p1',
    'container-1:eth0',
    { node: br },
  )
  expect(conflicts(lab.design, made.edit)).toEqual([])
  const after = apply(lab.design, made.edit)
  sound(after)
  expect(after.links[made.id]).toMatchObject({ a: 'container-1:eth0', b: `${br}:p1`, label: 'blue' })
  expect(after.links).not.toHaveProperty(['container-1:eth0~bridge-1:p1'])
})
