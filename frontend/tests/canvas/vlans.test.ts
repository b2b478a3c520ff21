import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { VLAN_COLOURS, VLAN_DASHES, vlanPattern, vlanSlot } from '@/icons/index.tsx'
import { sceneOf } from '@/canvas/geometry/index.ts'
import { stripOf } from '@/canvas/strip.ts'
import { subtitle } from '@/canvas/words.ts'
import { builtin } from '@/dev/labs.ts'
import type { Looks } from '@/model/records.ts'

test('neighbours in tens and in ones differ in colour and in stroke', () => {
  for (const step of [1, 10, 100])
    for (let at = 1; at < 7; at++) {
      const [one, other] = [at * step, (at + 1) * step]
      expect(vlanSlot(one), `${one} and ${other}`).not.toBe(vlanSlot(other))
      expect(vlanPattern(one), `${one} and ${other}`).not.toBe(vlanPattern(other))
    }
})

test('forty VLANs in a row look like no other, by colour and stroke together', () => {
  const ids = Array.from({ length: 40 }, (_, index) => 101 + index).filter((id) => id % 10 !== 0)
  const looks = new Set(ids.map((id) => `${vlanSlot(id)} ${vlanPattern(id)}`))
  expect(looks.size).toBe(ids.length)
  for (let id = 1; id <= 4094; id++) {
    expect(vlanSlot(id)).toBeLessThan(VLAN_COLOURS)
    expect(vlanPattern(id)).toBeLessThan(VLAN_DASHES.length)
  }
})

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

test('each colour stands out from the ground in either scheme (WCAG 1.4.11)', () => {
  const read = (path: string): string => readFileSync(resolve(import.meta.dirname, path), 'utf8')
  const blocks = read('../../src/canvas/vlans.css').split(':root').slice(1, 3)
  const grounds = read('../../src/app/theme.css').split(':root').slice(1, 3)
  expect(blocks).toHaveLength(2)
  blocks.forEach((block, scheme) => {
    const colours = [...block.matchAll(/--tl-vlan-\d: (#[0-9a-f]{6})/g)].map(([, one = '']) => one)
    expect(colours).toHaveLength(VLAN_COLOURS)
    for (const name of ['canvas', 'host', 'node']) {
      const ground = new RegExp(`--tl-${name}: (#[0-9a-f]{6})`).exec(grounds[scheme] ?? '')?.[1]
      for (const colour of colours)
        expect(contrast(colour, ground ?? ''), `${colour} on ${name}`).toBeGreaterThan(3)
    }
  })
})

test('a segment says which hosts carry what, and is as high as that takes', () => {
  const lab = builtin('vlan-trunk')
  if (!lab) throw new Error('no such lab')
  const { design } = lab
  expect(stripOf(design, 'lan').rows).toEqual([
    { vlans: [10, 20], untagged: false, hosts: ['h1', 'h2'] },
  ])
  const scene = sceneOf(design, lab.looks as Looks)
  expect(scene.boxes.get('lan')?.height).toBe(48 + 20 + 12)
  const plain = builtin('vxlan')
  if (!plain) throw new Error('no such lab')
  const segment = Object.keys(plain.design.nodes).find(
    (id) => plain.design.nodes[id]?.kind === 'segment',
  )
  expect(stripOf(plain.design, segment ?? '').rows).toEqual([])
})

test('trunks and VLAN-aware bridges say so', () => {
  const lab = builtin('vlan-mixed')
  if (!lab) throw new Error('no such lab')
  const words = (id: string): string =>
    subtitle(lab.design, id, lab.design.nodes[id] ?? { kind: 'host', label: '' })
  expect(words('trunk1')).toBe('VLAN 10, 20')
  expect(words('trunk2')).toBe('VLAN-aware · VLAN 10, 20')
  expect(words('br2')).toContain('VLAN-aware')
})
