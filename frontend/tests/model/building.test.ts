import { expect, test } from 'vitest'
import * as build from '@/model/building.ts'
import { candidates, whyNot } from '@/model/connecting.ts'
import { apply, conflicts, invert } from '@/model/edits.ts'
import type { Design } from '@/model/records.ts'
import { indexOf } from '@/model/index-of.ts'
import { Builder, small } from '@/dev/labs.ts'
import { kinds } from '@/dev/kinds.ts'

/** Every reference leads somewhere: what the server would refuse otherwise. */
function sound(design: Design): void {
  for (const [id, node] of Object.entries(design.nodes))
    if (node['host'] !== undefined)
      expect(design.nodes[node['host'] as string]?.kind, `host of ${id}`).toBe('host')
  for (const [id, one] of Object.entries(design.interfaces)) {
    expect(design.nodes, `node of ${id}`).toHaveProperty([one.node])
    expect(id.startsWith(`${one.node}:`)).toBe(true)
  }
  for (const link of Object.values(design.links))
    for (const end of [link.a, link.b]) expect(design.interfaces).toHaveProperty([end])
}

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

test('a copy brings its links along, inside and to switches', () => {
  const lab = small()
  lab.set('interfaces/container-1:eth0', { mac: '02:00:00:00:00:01' })
  const fragment = build.copy(lab.design, ['nodes/container-1', 'nodes/container-2'], {})
  const { edit, ids } = build.paste(lab.design, kinds, fragment, 'host-1')
  expect(conflicts(lab.design, edit)).toEqual([])
  const after = apply(lab.design, edit)
  sound(after)
  const fresh = ids.get('container-1') ?? ''
  const { linksAt } = indexOf(after)
  expect(linksAt.get(`${fresh}:eth0`)).toHaveLength(1)
  expect(after.interfaces[`${fresh}:eth0`]?.mac).toBeNull()
  expect(after.interfaces[`${fresh}:eth0`]?.addresses).toEqual(['10.0.0.2/24'])
})

test('a copied host brings everything on it', () => {
  const { design } = small()
  const fragment = build.copy(design, ['nodes/host-1'], {})
  const { edit, ids } = build.paste(design, kinds, fragment, undefined)
  const after = apply(design, edit)
  sound(after)
  const host = ids.get('host-1') ?? ''
  expect(indexOf(after).onHost.get(host)).toHaveLength(5)
  // Names are of each host alone, so a copy on another host keeps its own.
  expect(after.nodes[ids.get('bridge-1') ?? '']?.['name']).toBe('br0')
})

test('names that stand on the host already are left to be generated', () => {
  const { design } = small()
  const fragment = build.copy(design, ['nodes/bridge-1'], {})
  const pasted = build.paste(design, kinds, fragment, 'host-1')
  const after = apply(design, pasted.edit)
  expect(after.nodes[pasted.ids.get('bridge-1') ?? '']?.['name']).toBe('')
  sound(after)
})

test('a copied port whose cable stays behind does not come along', () => {
  const { design } = small()
  const fragment = build.copy(design, ['nodes/bridge-1'], {})
  const { edit, ids } = build.paste(design, kinds, fragment, 'host-1')
  const after = apply(design, edit)
  const ports = indexOf(after).interfacesOf.get(ids.get('bridge-1') ?? '') ?? []
  expect(ports).toEqual([])
})

test('two people who add at once both get one', () => {
  const { design } = small()
  const mine = build.addNode(design, kinds, 'bridge', { host: 'host-1' })
  const wired = build.connect(
    apply(design, mine.edit),
    kinds,
    { node: mine.id },
    { node: 'container-1' },
  )
  const whole = { ...mine.edit, interfaces: wired.edit.interfaces, links: wired.edit.links }
  const theirs = apply(design, mine.edit)
  const renamed = build.renameTaken(theirs, whole)
  expect(renamed).toBeDefined()
  if (!renamed) return
  expect(conflicts(theirs, renamed)).toEqual([])
  sound(apply(theirs, renamed))
  expect(Object.keys(renamed.nodes?.added ?? {})).toEqual(['bridge-4'])
})
