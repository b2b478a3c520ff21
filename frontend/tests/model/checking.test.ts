import { expect, test } from 'vitest'
import * as build from '@/model/building.ts'
import { addCheck, addressesAt, checkTargets, checkTitle, whyNoCheck } from '@/model/checking.ts'
import { copy, paste } from '@/model/copying.ts'
import { apply, conflicts, invert, rebase } from '@/model/edits.ts'
import type { Design } from '@/model/records.ts'
import { renameTaken } from '@/model/renaming.ts'
import { kinds } from '@/dev/kinds.ts'
import { small } from '@/dev/labs.ts'
import { sound } from './sound.ts'

function drawn(): Design {
  const { design } = small()
  const one = addCheck(design, kinds, {
    source: 'container-1',
    target: 'container-2',
    expect: 'reach',
  })
  const now = apply(design, one.edit)
  return apply(
    now,
    addCheck(now, kinds, { source: 'vm-1', target: 'container-1', expect: 'no-reach' }).edit,
  )
}

test('a check has every field, and an id that says what it is', () => {
  const design = drawn()
  expect(Object.keys(design.checks)).toEqual(['container-1~container-2', 'vm-1~container-1'])
  const fields = kinds['check']?.fields.map((field) => field.name) ?? []
  expect(Object.keys(design.checks['vm-1~container-1'] ?? {}).sort()).toEqual(fields.sort())
  const again = addCheck(design, kinds, {
    source: 'container-1',
    target: 'container-2',
    expect: 'no-reach',
  })
  expect(again.id).toBe('container-1~container-2~2')
})

test('who may ask, and whom, is said in words', () => {
  const { design } = small()
  expect(whyNoCheck(design, 'container-1', 'vm-1')).toBeUndefined()
  expect(whyNoCheck(design, 'host-1', 'container-1')).toBeUndefined()
  expect(whyNoCheck(design, 'bridge-1', 'vm-1')).toMatch(/starts at a container/)
  expect(whyNoCheck(design, 'vm-1', 'vm-1')).toMatch(/one node to another/)
  expect(whyNoCheck(design, 'vm-1', 'gone')).toBe('It is gone.')
  expect(checkTargets(design, 'vm-1').slice(0, 2)).toEqual(['container-1', 'container-2'])
})

test('the address that is meant is the first that is drawn', () => {
  const lab = small()
  expect(addressesAt(lab.design, 'container-1')).toEqual([{ address: '10.0.0.2', where: 'eth0' }])
  lab.set('nodes/bridge-1', { addresses: ['10.0.0.1/24'] })
  expect(addressesAt(lab.design, 'bridge-1')[0]).toEqual({ address: '10.0.0.1', where: 'br0' })
  const check = drawn().checks['container-1~container-2']
  expect(check && checkTitle(drawn(), check)).toBe('web must reach client (10.0.0.3)')
})

test('deleting a node takes its checks along in the same edit', () => {
  const design = drawn()
  const edit = build.remove(design, kinds, ['nodes/container-1'])
  expect(Object.keys(edit.checks?.removed ?? {})).toEqual([
    'container-1~container-2',
    'vm-1~container-1',
  ])
  const after = apply(design, edit)
  sound(after)
  expect(apply(after, invert(edit))).toEqual(design)
})

test('deleting a host takes the checks of what stands on it', () => {
  const design = drawn()
  const after = apply(design, build.remove(design, kinds, ['nodes/host-1']))
  sound(after)
  expect(after.checks).toEqual({})
})

test('a check goes alone', () => {
  const design = drawn()
  const edit = build.remove(design, kinds, ['checks/vm-1~container-1'])
  expect(Object.keys(edit)).toEqual(['checks'])
  expect(Object.keys(apply(design, edit).checks)).toEqual(['container-1~container-2'])
})

test('a copy keeps the checks inside it, and only those', () => {
  const design = drawn()
  const fragment = copy(design, ['nodes/container-1', 'nodes/container-2'], {})
  const { edit, ids } = paste(design, kinds, fragment, 'host-1')
  expect(conflicts(design, edit)).toEqual([])
  const after = apply(design, edit)
  sound(after)
  const [one, two] = [ids.get('container-1') ?? '', ids.get('container-2') ?? '']
  expect(Object.keys(edit.checks?.added ?? {})).toEqual([`${one}~${two}`])
  expect(after.checks[`${one}~${two}`]).toMatchObject({ source: one, target: two, expect: 'reach' })
})

test('two people who draw the same check both get one', () => {
  const { design } = small()
  const mine = addCheck(design, kinds, { source: 'vm-1', target: 'vm-2', expect: 'reach' })
  const theirs = apply(design, mine.edit)
  const renamed = renameTaken(theirs, mine.edit)
  expect(Object.keys(renamed?.checks?.added ?? {})).toEqual(['vm-1~vm-2~2'])
  expect(renamed && conflicts(theirs, renamed)).toEqual([])
})

test('a check follows its node to another id', () => {
  const { design } = small()
  const node = build.addNode(design, kinds, 'container', { host: 'host-1' })
  const now = apply(design, node.edit)
  const check = addCheck(now, kinds, { source: node.id, target: 'vm-1', expect: 'reach' })
  const theirs = apply(design, node.edit)
  const renamed = renameTaken(theirs, { ...node.edit, ...check.edit })
  expect(renamed?.checks?.added).toHaveProperty(['container-4~vm-1', 'source'], 'container-4')
  if (renamed) sound(apply(theirs, renamed))
})

test('a check whose node is gone is not brought back', () => {
  const design = drawn()
  const edit = build.remove(design, kinds, ['checks/vm-1~container-1'])
  const after = apply(apply(design, edit), build.remove(design, kinds, ['nodes/vm-1']))
  expect(rebase(after, invert(edit), false)).toEqual({
    checks: { added: {}, changed: {}, removed: {} },
  })
})
