import { expect, test } from 'vitest'
import * as build from '@/model/building.ts'
import { apply, conflicts, merge } from '@/model/edits.ts'
import { renameTaken } from '@/model/renaming.ts'
import { small } from '@/dev/labs.ts'
import { kinds } from '@/dev/kinds.ts'
import { sound } from './sound.ts'

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
  const renamed = renameTaken(theirs, whole)
  expect(renamed).toBeDefined()
  if (!renamed) return
  expect(conflicts(theirs, renamed)).toEqual([])
  sound(apply(theirs, renamed))
  expect(Object.keys(renamed.nodes?.added ?? {})).toEqual(['bridge-4'])
})

test('a forward goes to the card under its new id', () => {
  const { design } = small()
  const vm = build.addNode(design, kinds, 'vm', { host: 'host-2' })
  const card = build.addInterface(apply(design, vm.edit), kinds, vm.id)
  const forward = { protocol: 'tcp', port: 8080, to: card.id, to_port: 80 }
  const network = build.addNode(design, kinds, 'network', { host: 'host-1', forwards: [forward] })
  const mine = [
    vm.edit,
    card.edit,
    network.edit,
    build.setFields(design, ['nodes/network-1'], { forwards: [forward] }),
  ].reduce(merge)
  const renamed = renameTaken(apply(design, vm.edit), mine)
  const fresh = Object.keys(renamed?.interfaces?.added ?? {})
  expect(fresh).not.toEqual([card.id])
  const there = { ...forward, to: fresh[0] }
  expect(renamed?.nodes?.added?.[network.id]?.['forwards']).toEqual([there])
  expect(renamed?.nodes?.changed?.['network-1']?.['forwards']).toEqual([[], [there]])
})
