import { expect, test } from 'vitest'
import { kinds } from '@/dev/kinds.ts'
import { Builder } from '@/dev/labs.ts'
import type { KindSpec } from '@/model/kinds.ts'
import type { NodeRecord } from '@/model/records.ts'
import { offered, offeredAtNode } from '@/panels/inspector/meant.ts'

const spec = kinds['interface'] as KindSpec

function lab(): Builder {
  const made = new Builder()
  const host = made.node('host')
  for (const kind of ['bridge', 'container', 'vm'] as const) made.node(kind, { host })
  made.link('container-1', 'bridge-1') // container-1:eth0, bridge-1:p1
  made.link('vm-1', 'bridge-1') // vm-1:eth0, bridge-1:p2
  return made
}
const names = (made: Builder, id: string): string[] =>
  offered(made.design, id, spec).map((field) => field.name)

test('a container has addresses, a port has a cost, a VM has a model', () => {
  expect(names(lab(), 'container-1:eth0').sort()).toEqual(['addresses', 'mac', 'mtu', 'name'])
  expect(names(lab(), 'bridge-1:p1')).toContain('cost')
  expect(names(lab(), 'bridge-1:p1')).not.toContain('addresses')
  expect(names(lab(), 'vm-1:eth0')).toContain('model')
})

test("a VM's port has what libvirt leaves to us", () => {
  expect(names(lab(), 'bridge-1:p2')).toEqual(['mtu'])
})

test('what is set all the same is offered, so that it can be taken away', () => {
  const made = lab()
  made.set('interfaces/bridge-1:p1', { addresses: ['10.0.0.1/24'] })
  expect(names(made, 'bridge-1:p1')).toContain('addresses')
})

test('the node of an interface is never a field', () => {
  for (const id of Object.keys(lab().design.interfaces))
    expect(names(lab(), id)).not.toContain('node')
})

/** A trunk on a NIC, to a bridge, a router and nothing; a VM and a container on the bridge. */
function trunked(): Builder {
  const made = lab()
  const host = 'host-1'
  made.node('nic', { host })
  made.node('trunk', { host, vlans: [10, 20, 30], native: 30 })
  made.node('router', { host })
  made.link('nic-1', 'trunk-1') // trunk-1:p1
  made.link('trunk-1', 'bridge-1') // trunk-1:p2, bridge-1:p3
  made.link('trunk-1', 'router-1') // trunk-1:p3
  made.set('interfaces/trunk-1:p2', { vlan: 10 })
  made.set('interfaces/trunk-1:p3', { vlan: 20 })
  return made
}

test('what a trunk’s port may say depends on where it leads', () => {
  expect(names(trunked(), 'trunk-1:p1')).toEqual([])
  expect(names(trunked(), 'trunk-1:p2').sort()).toEqual(['mac', 'mtu', 'name', 'vlan'])
  expect(names(trunked(), 'trunk-1:p3')).toEqual(['vlan'])
  const native = trunked()
  native.set('interfaces/trunk-1:p2', { vlan: 30 })
  expect(names(native, 'trunk-1:p2')).toEqual(['vlan'])
})

test('ports have VLANs of their own where the bridge keeps them apart', () => {
  expect(names(trunked(), 'bridge-1:p1')).not.toContain('vlan')
  const aware = trunked()
  aware.set('nodes/bridge-1', { vlan_filtering: true })
  expect(names(aware, 'bridge-1:p1')).toEqual(expect.arrayContaining(['vlan', 'tagged', 'cost']))
  expect(names(aware, 'bridge-1:p2').sort()).toEqual(['mtu', 'tagged', 'vlan'])
  expect(names(aware, 'bridge-1:p3')).toContain('tagged')
  aware.set('nodes/trunk-1', { mode: 'vlan-aware' })
  expect(names(aware, 'bridge-1:p3').sort()).toEqual(['cost', 'hairpin', 'priority'])
})

test('a bridge has a VLAN of its own only while it keeps VLANs apart', () => {
  const bridge = kinds['bridge'] as KindSpec
  const node = (made: Builder): string[] =>
    offeredAtNode(made.design.nodes['bridge-1'] as NodeRecord, bridge).map((field) => field.name)
  const made = lab()
  expect(node(made)).not.toContain('vlan')
  made.set('nodes/bridge-1', { vlan_filtering: true })
  expect(node(made)).toContain('vlan')
})

test('what goes beside a disk, a kernel or cloud-init is asked for only where that is there', () => {
  const vm = kinds['vm'] as KindSpec
  const node = (made: Builder): string[] =>
    offeredAtNode(made.design.nodes['vm-1'] as NodeRecord, vm).map((field) => field.name)
  const made = lab()
  made.set('nodes/vm-1', { kernel: '', disk: '' })
  for (const name of ['initrd', 'cmdline', 'disk_size', 'disk_bus', 'ssh_keys', 'dns'])
    expect(node(made)).not.toContain(name)
  made.set('nodes/vm-1', { kernel: 'k', disk: 'd', cloud_init: true })
  for (const name of ['initrd', 'cmdline', 'disk_size', 'disk_bus', 'ssh_keys', 'dns'])
    expect(node(made)).toContain(name)
  made.set('nodes/vm-1', { cloud_init: false, user: 'ann' })
  expect(node(made)).toContain('user')
})

test('a network shows what counts: nothing of its own where the hypervisor has it already', () => {
  const network = kinds['network'] as KindSpec
  const node = (made: Builder): string[] =>
    offeredAtNode(made.design.nodes['network-1'] as NodeRecord, network).map((field) => field.name)
  const made = lab()
  made.node('network', { host: 'host-1' })
  expect(node(made)).toEqual(expect.arrayContaining(['existing', 'forward', 'addresses', 'ipv6']))
  expect(node(made)).not.toContain('dhcp_start')
  made.set('nodes/network-1', { addresses: ['10.0.0.1/24'] })
  expect(node(made)).toContain('dhcp_start')
  expect(node(made)).not.toContain('ipv6')
  made.set('nodes/network-1', { dhcp: false })
  expect(node(made)).not.toContain('dhcp_end')
  made.set('nodes/network-1', { addresses: [], dhcp: true, existing: 'default' })
  expect(node(made).sort()).toEqual(['existing', 'host', 'label'])
})
