import { expect, test } from 'vitest'
import type { Scene } from '@/canvas/geometry/index.ts'
import {
  bounds,
  dragged,
  endsOf,
  freePlace,
  hostAt,
  nodeAt,
  placing,
  sceneOf,
} from '@/canvas/geometry/index.ts'
import { aligned } from '@/canvas/arranging.ts'
import { svgOf } from '@/canvas/picture.ts'
import { coloursOf } from '@/canvas/palette-of-colours.ts'
import { apply } from '@/model/edits.ts'
import type { Looks } from '@/model/records.ts'
import { Builder, large, small } from '@/dev/labs.ts'

const scene = (lab: Builder, before?: Scene): Scene => sceneOf(lab.design, lab.looks as Looks, before)

function overlapping(of: Scene): string[] {
  const boxes = [...of.boxes.values()].filter((box) => box.host !== undefined)
  const found: string[] = []
  for (const one of boxes)
    for (const other of boxes)
      if (
        one.id < other.id &&
        one.host === other.host &&
        one.x < other.x + other.width &&
        other.x < one.x + one.width &&
        one.y < other.y + other.height &&
        other.y < one.y + one.height
      )
        found.push(`${one.id} ${other.id}`)
  return found
}

test('a design without looks is laid out without overlaps, the same each time', () => {
  const lab = large(300, 6)
  const one = scene(lab)
  expect(overlapping(one)).toEqual([])
  const hosts = [...one.boxes.values()].filter((box) => box.kind === 'host')
  for (const a of hosts)
    for (const b of hosts)
      if (a.id < b.id)
        expect(
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y,
        ).toBe(true)
  expect(scene(large(300, 6))).toEqual(one)
})

test('what did not change stays the same object', () => {
  const lab = small()
  const before = scene(lab)
  const after = sceneOf(
    apply(lab.design, { nodes: { changed: { 'bridge-1': { label: ['', 'x'] } } } }),
    { ...(lab.looks as Looks), 'nodes/vm-2': { x: 400, y: 96 } },
    before,
  )
  expect(after.boxes.get('bridge-1')).toBe(before.boxes.get('bridge-1'))
  expect(after.ports.get('container-1')).toBe(before.ports.get('container-1'))
  expect(after.boxes.get('vm-2')).not.toBe(before.boxes.get('vm-2'))
})

test('a host holds what stands on it', () => {
  const lab = small()
  lab.looks['nodes/vm-1'] = { x: 1200, y: 700 }
  const host = scene(lab).boxes.get('host-1')
  expect(host?.width).toBeGreaterThanOrEqual(1200 + 176)
  expect(host?.height).toBeGreaterThanOrEqual(700 + 48)
})

test('every cable ends at a port of either side, on the rim of its box', () => {
  const lab = small()
  const now = scene(lab)
  const at = placing(now.boxes)
  expect(now.lines).toHaveLength(Object.keys(lab.design.links).length)
  for (const line of now.lines) {
    const ends = endsOf(now, at, line)
    expect(ends, line.id).toBeDefined()
  }
})

test('ports face what they are linked to', () => {
  const now = scene(small())
  const port = now.ports.get('container-1')?.find((one) => one.interface === 'container-1:eth0')
  expect(port?.side).toBe('bottom')
  const up = now.ports.get('bridge-1')?.find((one) => one.interface === 'bridge-1:p1')
  expect(up?.side).toBe('top')
})

test('a collapsed host hides its contents and keeps the cables that leave it', () => {
  const lab = small()
  lab.looks['nodes/host-1'] = { x: 0, y: 0, collapsed: true }
  const now = scene(lab)
  expect(now.boxes.has('bridge-1')).toBe(false)
  expect(now.hidden.has('bridge-1')).toBe(true)
  const leaving = now.lines.filter((line) => line.source === 'host-1' || line.target === 'host-1')
  expect(leaving).toHaveLength(1)
})

test('dragging works out again only what hangs on it', () => {
  const lab = small()
  const before = scene(lab)
  const after = dragged(lab.design, before, new Map([['container-1', { x: 32, y: 480 }]]))
  const port = after.ports.get('container-1')?.find((one) => one.interface === 'container-1:eth0')
  expect(port?.side).toBe('top')
  expect(after.ports.get('vm-2')).toBe(before.ports.get('vm-2'))
  expect(before.boxes.get('container-1')?.y).toBe(96)
})

test('points find what is drawn there', () => {
  const now = scene(small())
  expect(hostAt(now, { x: 20, y: 300 })).toBe('host-1')
  expect(nodeAt(now, { x: 40, y: 100 })).toBe('container-1')
  expect(nodeAt(now, { x: 5, y: 300 })).toBe('host-1')
  expect(nodeAt(now, { x: -500, y: 0 })).toBeUndefined()
})

test('new nodes find free places', () => {
  const lab = small()
  for (let count = 0; count < 12; count++) {
    const look = freePlace(scene(lab), 'host-1', 'container')
    lab.node('container', { host: 'host-1' }, look)
  }
  expect(overlapping(scene(lab)).filter((pair) => pair.includes('container'))).toEqual([])
})

test('aligning and spreading', () => {
  const boxes = [
    { id: 'a', x: 0, y: 0, width: 100, height: 40 },
    { id: 'b', x: 30, y: 100, width: 100, height: 40 },
    { id: 'c', x: 400, y: 50, width: 100, height: 40 },
  ]
  expect([...aligned(boxes, 'left').values()].map((one) => one.x)).toEqual([0, 0, 0])
  expect([...aligned(boxes, 'spread-x').values()].map((one) => one.x)).toEqual([0, 200, 400])
})

test('the exported picture shows every node and cable, and cannot be made to run anything', () => {
  const lab = small()
  lab.set('nodes/vm-1', { label: '<script>alert(1)</script>' })
  const now = scene(lab)
  const svg = svgOf(lab.design, now, coloursOf())
  expect(svg).not.toContain('<script')
  const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml')
  expect(parsed.querySelector('parsererror')).toBeNull()
  const words = [...parsed.querySelectorAll('text')].map((one) => one.textContent)
  for (const word of ['edge', 'core', 'web', 'client', 'br0', 'uplink']) expect(words).toContain(word)
  expect(parsed.querySelectorAll('path[fill="none"]').length).toBeGreaterThan(now.lines.length)
})

test('an empty lab has no bounds', () => expect(bounds(scene(new Builder()))).toBeUndefined())
