import { readFileSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { Lans } from '@/model/lans.ts'
import { linkVlans, reachOf } from '@/model/link-vlans.ts'
import { grouped, passing } from '@/model/passing.ts'
import type { Design } from '@/model/records.ts'
import { grown, idsOf, shown, written } from '@/model/vlans.ts'

/** The files that pytest reads too: tests/frontend/vlans of the repository. */
const folder = resolve(import.meta.dirname, '../../../tests/frontend/vlans')

interface Case {
  expected: {
    filled: Omit<Design, 'name' | 'description'>
    passing: Record<string, Record<string, string[]>>
    untagged: string[][]
    tagged: Record<string, string[][]>
  }
}

const read = (file: string): Case['expected'] & { design: Design } => {
  const { expected } = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as Case
  return { ...expected, design: { name: '', description: '', ...expected.filled } }
}
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))

test('there are cases', () => expect(files.length).toBeGreaterThanOrEqual(6))

const SWITCHES = ['bridge', 'network', 'segment', 'nic']

function groups(design: Design, lans: Lans, vlan: number | null): string[] {
  const switches = Object.keys(design.nodes).filter((id) =>
    SWITCHES.includes(design.nodes[id]?.kind ?? ''),
  )
  const found = new Map<string, string[]>()
  for (const id of [...Object.keys(design.interfaces), ...switches]) {
    const lan = lans.at(id, vlan)
    if (lan !== undefined) found.set(lan, [...(found.get(lan) ?? []), id])
  }
  return [...found.values()].map((ids) => ids.sort().join(' ')).sort()
}

test.each(files)('%s', (file) => {
  const { design, ...expected } = read(file)
  const passes = Object.fromEntries(
    [...passing(design)].map(([id, vlans]) => [id, Object.fromEntries(vlans)]),
  )
  expect(passes).toEqual(expected.passing)
  const lans = new Lans(design)
  const joined = (lists: string[][]): string[] => lists.map((ids) => ids.join(' ')).sort()
  expect(groups(design, lans, null)).toEqual(joined(expected.untagged))
  expect([...lans.used].sort((a, b) => a - b).map(String)).toEqual(Object.keys(expected.tagged))
  for (const [vlan, lists] of Object.entries(expected.tagged))
    expect(groups(design, lans, Number(vlan)), `VLAN ${vlan}`).toEqual(joined(lists))
})

test('a cable is in the VLAN of its LAN, a trunk carries several', () => {
  const { design } = read('native-meets-plain-bridge.json')
  const vlans = linkVlans(design)
  expect(vlans.get('c1:eth0~b10:p2')).toEqual({ access: 10, tagged: new Set() })
  expect(vlans.get('t1:p4~c4:eth0')?.access).toBe(31)
  // The native VLAN travels untagged: on the other host too it is VLAN 20.
  expect(vlans.get('c3:eth0~br2:p2')?.access).toBe(20)
  expect(vlans.get('nic1:in~t1:p1')).toEqual({ access: 20, tagged: new Set([10, 30, 31, 32]) })
})

test('where a VLAN goes ends where nobody carries it on', () => {
  const { design } = read('bridges-that-filter.json')
  const { nodes, links } = reachOf(design, 20)
  expect([...nodes].sort()).toEqual(['a', 'b', 'c', 'c2', 'c5', 'lan', 'nic1', 'nic2', 't2'])
  expect(links).not.toContain('c1:eth0~a:p3')
})

test('VLANs that the same hosts carry are told together', () => {
  const { design } = read('below-tunnels.json')
  expect(grouped(passing(design).get('lan') ?? new Map())).toEqual([
    { vlans: [0], hosts: ['h3'] },
    { vlans: [5], hosts: ['h1', 'h2'] },
    { vlans: [6], hosts: ['h2'] },
  ])
})

test('lists of VLANs are read and written as the server does', () => {
  expect(idsOf([20, '100-102', 10])).toEqual([10, 20, 100, 101, 102])
  expect(idsOf([0, 4095, 'x', '7-', null])).toEqual([])
  expect(written([5, 3, 4, 9, 10])).toEqual(['3-5', 9, 10])
  expect(shown([10, 20, 100, 101, 102])).toBe('10, 20, 100-102')
  expect(shown([])).toBe('none')
})

test('the next VLAN is one step on from the last', () => {
  expect(grown([])).toBe(10)
  expect(grown([10])).toBe(20)
  expect(grown([5, 6])).toBe(7)
  expect(grown([4094])).toBe(2)
})
