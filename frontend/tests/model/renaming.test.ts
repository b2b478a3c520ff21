import { expect, test } from 'vitest'
import * as build from '@/model/building.ts'
import { apply, conflicts } from '@/model/edits.ts'
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
