import { expect, test } from 'vitest'
import { kinds } from '@/dev/kinds.ts'
import { Builder } from '@/dev/labs.ts'
import type { KindSpec } from '@/model/kinds.ts'
import { offered } from '@/panels/inspector/meant.ts'

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
