import { expect, test } from 'vitest'
import { apply, between, invert, isApplied, isEmpty, merge, rebase } from '@/model/edits.ts'
import type { Edit } from '@/model/edits.ts'
import * as build from '@/model/building.ts'
import { Builder, small } from '@/dev/labs.ts'
import { kinds } from '@/dev/kinds.ts'

const rename = (id: string, from: string, to: string): Edit => ({
  nodes: { changed: { [id]: { label: [from, to] } } },
})

test('what an edit does not touch stays the same object', () => {
  const { design } = small()
  const after = apply(design, rename('bridge-1', '', 'core'))
  expect(after.nodes['bridge-1']).not.toBe(design.nodes['bridge-1'])
  expect(after.nodes['bridge-2']).toBe(design.nodes['bridge-2'])
  expect(after.links).toBe(design.links)
})

test('merging two edits is applying one after the other', () => {
  const { design } = small()
  const steps: Edit[] = [
    rename('bridge-1', '', 'a'),
    rename('bridge-1', 'a', 'b'),
    build.remove(design, kinds, ['nodes/container-1']),
    build.addNode(design, kinds, 'container', { host: 'host-2' }).edit,
  ]
  let now = design
  let all: Edit = {}
  for (const step of steps) {
    now = apply(now, step)
    all = merge(all, step)
  }
  expect(apply(design, all)).toEqual(now)
  expect(apply(now, invert(all))).toEqual(design)
  expect(apply(design, between(design, now))).toEqual(now)
})

test('an edit and its inverse merge to nothing', () => {
  const { design } = small()
  for (const edit of [
    rename('bridge-1', '', 'x'),
    build.addNode(design, kinds, 'host').edit,
    build.remove(design, kinds, ['nodes/host-1']),
  ])
    expect(isEmpty(merge(edit, invert(edit)))).toBe(true)
})

test('rebasing keeps theirs or starts from theirs', () => {
  const { design } = small()
  const theirs = apply(design, rename('bridge-1', '', 'theirs'))
  const mine = rename('bridge-1', '', 'mine')
  expect(isEmpty(rebase(theirs, mine, false))).toBe(true)
  expect(rebase(theirs, mine, true)).toEqual({
    nodes: { added: {}, removed: {}, changed: { 'bridge-1': { label: ['theirs', 'mine'] } } },
  })
})

test('rebasing leaves out what would hang in the air', () => {
  const lab = new Builder()
  const host = lab.node('host')
  const made = build.addNode(lab.design, kinds, 'bridge', { host })
  const gone = apply(lab.design, build.remove(lab.design, kinds, [`nodes/${host}`]))
  expect(isEmpty(rebase(gone, made.edit, true))).toBe(true)
})

test('what stands already counts as applied', () => {
  const { design } = small()
  const edit = rename('bridge-1', '', 'x')
  expect(isApplied(design, edit)).toBe(false)
  expect(isApplied(apply(design, edit), edit)).toBe(true)
})
