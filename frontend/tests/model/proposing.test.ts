import { expect, test } from 'vitest'
import * as build from '@/model/building.ts'
import { candidates, whyNot } from '@/model/connecting.ts'
import { copy, paste } from '@/model/copying.ts'
import { apply } from '@/model/edits.ts'
import { kinds } from '@/dev/kinds.ts'
import { Builder } from '@/dev/labs.ts'
import { sound } from './sound.ts'

/** A host with a NIC and a trunk of these VLANs at it. */
function trunked(vlans: (number | string)[] = [10, 20], fields = {}): Builder {
  const lab = new Builder()
  const host = lab.node('host')
  const nic = lab.node('nic', { host, name: 'eth1' })
  const trunk = lab.node('trunk', { host, vlans, ...fields })
  lab.link(nic, trunk)
  return lab
}
const bridge = (lab: Builder, fields = {}): string =>
  lab.node('bridge', { host: 'host-1', ...fields })
const vlanOf = (lab: Builder, link: string): number | null | undefined =>
  lab.design.interfaces[link.split('~')[0] ?? '']?.vlan

test('each cable takes the next VLAN of the trunk, then a new one is added', () => {
  const lab = trunked()
  expect(vlanOf(lab, lab.link('trunk-1', bridge(lab)))).toBe(10)
  expect(vlanOf(lab, lab.link('trunk-1', bridge(lab)))).toBe(20)
  expect(lab.design.nodes['trunk-1']?.['vlans']).toEqual([10, 20])
  expect(vlanOf(lab, lab.link('trunk-1', bridge(lab)))).toBe(30)
  expect(lab.design.nodes['trunk-1']?.['vlans']).toEqual([10, 20, 30])
  sound(lab.design)
})

test('an empty trunk starts with VLAN 10, drawn from either end', () => {
  const lab = trunked([])
  const link = lab.link(bridge(lab), 'trunk-1')
  expect(lab.design.interfaces[link.split('~')[1] ?? '']?.vlan).toBe(10)
  expect(lab.design.nodes['trunk-1']?.['vlans']).toEqual([10])
})

test('a port that has a VLAN keeps it', () => {
  const lab = trunked()
  const port = build.addInterface(lab.design, kinds, 'trunk-1', { vlan: 20 })
  lab.design = apply(lab.design, port.edit)
  lab.link({ node: 'trunk-1', interface: port.id }, bridge(lab))
  expect(lab.design.interfaces[port.id]?.vlan).toBe(20)
})

test('a container or a router can be in a VLAN of the trunk itself', () => {
  const lab = trunked()
  const router = lab.node('router', { host: 'host-1' })
  expect(vlanOf(lab, lab.link('trunk-1', router))).toBe(10)
  expect(whyNot(lab.design, { node: 'trunk-1' }, { node: 'host-1' })).toMatch(/A trunk connects/)
})

test('a trunk at a VLAN-aware bridge is VLAN-aware itself, and has that one bridge', () => {
  const lab = trunked()
  const br = bridge(lab, { vlan_filtering: true })
  lab.link('trunk-1', br)
  expect(lab.design.nodes['trunk-1']?.['mode']).toBe('vlan-aware')
  expect(lab.design.interfaces[`${br}:p1`]?.vlan).toBeNull()
  const other = bridge(lab, { vlan_filtering: true })
  expect(whyNot(lab.design, { node: other }, { node: 'trunk-1' })).toMatch(/one bridge already/)
  const c = lab.node('container', { host: 'host-1' })
  expect(whyNot(lab.design, { node: 'trunk-1' }, { node: c })).toMatch(/set its mode/)
  expect(candidates(lab.design, { node: 'trunk-1' })).toEqual([])
})

test('a bridge at a VLAN-aware trunk becomes VLAN-aware', () => {
  const lab = trunked([10, 20], { mode: 'vlan-aware' })
  const br = bridge(lab)
  lab.link(br, 'trunk-1')
  expect(lab.design.nodes[br]?.['vlan_filtering']).toBe(true)
})

test('machines at a VLAN-aware bridge are spread over its VLANs', () => {
  const lab = trunked()
  const br = bridge(lab, { vlan_filtering: true })
  lab.link('trunk-1', br)
  const vlans = [1, 2, 3].map(() => {
    const link = lab.link(lab.node('container', { host: 'host-1' }), br)
    return lab.design.interfaces[link.split('~')[1] ?? '']?.vlan
  })
  expect(vlans).toEqual([10, 20, 10])
})

test('a copied machine joins the VLAN of its original', () => {
  const lab = trunked()
  const br = bridge(lab, { vlan_filtering: true })
  lab.link('trunk-1', br)
  const c = lab.node('container', { host: 'host-1' })
  const [, port = ''] = lab.link(c, br).split('~')
  lab.set(`interfaces/${port}`, { vlan: 20 })
  const { edit } = paste(lab.design, kinds, copy(lab.design, [`nodes/${c}`], {}), 'host-1')
  const made = Object.entries(edit.interfaces?.added ?? {}).find(([id]) => id.startsWith(br))
  expect(made?.[1]['vlan']).toBe(20)
})

test('a copied bridge takes a free VLAN of the trunk, or stays off it', () => {
  const lab = trunked()
  const br = bridge(lab)
  lab.link('trunk-1', br)
  const once = paste(lab.design, kinds, copy(lab.design, [`nodes/${br}`], {}), 'host-1')
  lab.design = apply(lab.design, once.edit)
  expect(Object.values(lab.design.interfaces).map((one) => one.vlan)).toContain(20)
  const twice = paste(lab.design, kinds, copy(lab.design, [`nodes/${br}`], {}), 'host-1')
  expect(twice.edit.links?.added ?? {}).toEqual({})
  const after = apply(lab.design, twice.edit)
  expect(after.nodes['trunk-1']?.['vlans']).toEqual([10, 20])
  sound(after)
})

test('a new trunk goes to the one NIC that is free, and carries what the others carry', () => {
  const lab = trunked([10, '100-110'], { native: 10 })
  const host = lab.node('host')
  const nic = lab.node('nic', { host, name: 'eth1' })
  const made = build.addWithCables(lab.design, kinds, 'trunk', { host })
  lab.design = apply(lab.design, made.edit)
  expect(lab.design.nodes[made.id]).toMatchObject({ vlans: [10, '100-110'], native: 10 })
  expect(lab.design.links).toHaveProperty([`${made.id}:p1~${nic}:in`])
  const second = build.addWithCables(lab.design, kinds, 'trunk', { host })
  expect(second.edit.links).toBeUndefined()
})

test('a trunk port that only its cable made goes with the cable', () => {
  const lab = trunked()
  const link = lab.link('trunk-1', bridge(lab))
  const after = apply(lab.design, build.remove(lab.design, kinds, [`links/${link}`]))
  expect(Object.keys(after.interfaces)).toEqual(['nic-1:in', 'trunk-1:p1'])
})

test('a router names interfaces that are gone no more', () => {
  const lab = trunked()
  const router = lab.node('router', { host: 'host-1' })
  lab.link('trunk-1', router)
  lab.link('trunk-1', router)
  lab.set(`nodes/${router}`, { isolate: ['eth0', 'eth1'], masquerade: ['eth0'] })
  const after = apply(
    lab.design,
    build.remove(lab.design, kinds, [`interfaces/${router}:eth0`]),
  )
  expect(after.nodes[router]).toMatchObject({ isolate: ['eth1'], masquerade: [] })
})
