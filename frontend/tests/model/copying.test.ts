import { expect, test } from 'vitest'
import { copy, paste } from '@/model/copying.ts'
import { apply, conflicts } from '@/model/edits.ts'
import { indexOf } from '@/model/index-of.ts'
import { small } from '@/dev/labs.ts'
import { kinds } from '@/dev/kinds.ts'
import { sound } from './sound.ts'

test('a copy brings its links along, inside and to switches', () => {
  const lab = small()
  lab.set('interfaces/container-1:eth0', { mac: '02:00:00:00:00:01' })
  const fragment = copy(lab.design, ['nodes/container-1', 'nodes/container-2'], {})
  const { edit, ids } = paste(lab.design, kinds, fragment, 'host-1')
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
  const fragment = copy(design, ['nodes/host-1'], {})
  const { edit, ids } = paste(design, kinds, fragment, undefined)
  const after = apply(design, edit)
  sound(after)
  const host = ids.get('host-1') ?? ''
  expect(indexOf(after).onHost.get(host)).toHaveLength(5)
  // Names are of each host alone, so a copy on another host keeps its own.
  expect(after.nodes[ids.get('bridge-1') ?? '']?.['name']).toBe('br0')
})

test('names that stand on the host already are left to be generated', () => {
  const { design } = small()
  const fragment = copy(design, ['nodes/bridge-1'], {})
  const pasted = paste(design, kinds, fragment, 'host-1')
  const after = apply(design, pasted.edit)
  expect(after.nodes[pasted.ids.get('bridge-1') ?? '']?.['name']).toBe('')
  sound(after)
})

test('a copied port whose cable stays behind does not come along', () => {
  const { design } = small()
  const fragment = copy(design, ['nodes/bridge-1'], {})
  const { edit, ids } = paste(design, kinds, fragment, 'host-1')
  const after = apply(design, edit)
  const ports = indexOf(after).interfacesOf.get(ids.get('bridge-1') ?? '') ?? []
  expect(ports).toEqual([])
})

test('a copied network forwards to the copies of its cards, and to no others', () => {
  const lab = small()
  const forward = { protocol: 'tcp', port: 8080, to: 'vm-2:eth0', to_port: 80 }
  lab.set('nodes/network-1', { forwards: [forward, { ...forward, port: 1, to: 'router-1:eth1' }] })
  const fragment = copy(lab.design, ['nodes/network-1', 'nodes/vm-2'], {})
  const { edit, ids } = paste(lab.design, kinds, fragment, 'host-1')
  const after = apply(lab.design, edit)
  expect(after.nodes[ids.get('network-1') ?? '']?.['forwards']).toEqual([
    { ...forward, to: `${ids.get('vm-2') ?? ''}:eth0` },
  ])
})
