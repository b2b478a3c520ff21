import { expect, test } from 'vitest'
import { forwardStripOf } from '@/canvas/forward-strip.ts'
import { sceneOf } from '@/canvas/geometry/index.ts'
import { coloursOf } from '@/canvas/palette-of-colours.ts'
import { svgOf } from '@/canvas/picture.ts'
import { Projection } from '@/canvas/projection.ts'
import { kinds } from '@/dev/kinds.ts'
import { forwarding } from '@/dev/labs.ts'
import type { Looks } from '@/model/records.ts'

test('a network has room for two forwards and counts the others', () => {
  const lab = forwarding()
  const height = (): number | undefined =>
    sceneOf(lab.design, lab.looks as Looks).boxes.get('network-1')?.height
  const { rows, more } = forwardStripOf(lab.design.nodes['network-1'] ?? {})
  expect(rows.map((one) => one.port)).toEqual([8080, 53])
  expect(more).toBe(1)
  const full = height() ?? 0
  lab.set('nodes/network-1', { forwards: rows.slice(0, 1) })
  expect(full - (height() ?? 0)).toBe(16)
  lab.set('nodes/network-1', { forwards: [] })
  expect(height()).toBe(48)
})

test('where nobody placed it, as much room is left below a network with forwards as below others', () => {
  const lab = forwarding()
  const nodes = lab.design.nodes
  const below = nodes['network-1']
  if (!below) throw new Error('no network')
  lab.design = {
    ...lab.design,
    nodes: { ...nodes, 'trunk-9': { kind: 'trunk', label: '', host: below['host'] ?? null } },
  }
  const { boxes } = sceneOf(lab.design, {})
  const [network, trunk] = [boxes.get('network-1'), boxes.get('trunk-9')]
  expect((trunk?.y ?? 0) - (network?.y ?? 0)).toBeGreaterThanOrEqual((network?.height ?? 0) + 56)
})

test('forwards are in the exported picture, at the network and at the card', () => {
  const { design, looks } = forwarding()
  const svg = svgOf(design, sceneOf(design, looks as Looks), coloursOf())
  expect(svg).toContain('>:8080 → web:80<')
  expect(svg).toContain('>:53/udp → db:53  +1<')
  expect(svg).toContain('>web  :8080  :2222<')
})

test('who cannot see the network hears its forwards', () => {
  const { design, looks } = forwarding()
  const scene = sceneOf(design, looks as Looks)
  const nodes = new Projection().nodesOf(scene, design, kinds, new Set(), false)
  const network = nodes.find((one) => one.id === 'network-1')
  expect(network?.ariaLabel).toBe(
    'Network lan, port 8080 of the host leads to web, port 80, ' +
      'UDP port 53 of the host leads to db, port 53, port 2222 of the host leads to web, port 22',
  )
})
