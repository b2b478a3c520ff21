import { readFileSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { Edit } from '@/model/edits.ts'
import { apply, between, conflicts, invert } from '@/model/edits.ts'
import type { Design } from '@/model/records.ts'

/** The files that pytest reads too: tests/frontend/edits of the repository. */
const folder = resolve(import.meta.dirname, '../../../tests/frontend/edits')

interface Tables {
  nodes: Design['nodes']
  interfaces: Design['interfaces']
  links: Design['links']
  checks?: Design['checks']
}
interface Case {
  about: string
  edit: Edit
  expected: { filled: Tables } & (
    | { stale: string[] }
    | { after: Tables; inverse: Edit; between: Edit; back: Tables }
  )
}

const design = (tables: Tables): Design => ({ name: '', description: '', checks: {}, ...tables })
const tables = ({ nodes, interfaces, links, checks }: Design): Tables => ({
  nodes,
  interfaces,
  links,
  checks,
})

const files = readdirSync(folder).filter((name) => name.endsWith('.json'))

test('there are cases', () => expect(files.length).toBeGreaterThanOrEqual(10))

test.each(files)('%s', (file) => {
  const { edit, expected } = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as Case
  const before = design(expected.filled)
  const found = conflicts(before, edit)
  if ('stale' in expected) {
    expect(found.map((one) => one.pointer).sort()).toEqual(expected.stale)
    return
  }
  expect(found).toEqual([])
  const after = apply(before, edit)
  expect(tables(after)).toEqual(expected.after)
  expect(invert(edit)).toEqual(expected.inverse)
  expect(between(before, after)).toEqual(expected.between)
  expect(tables(apply(after, invert(edit)))).toEqual(expected.back)
})
