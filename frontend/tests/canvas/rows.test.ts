import { expect, test } from 'vitest'
import { folded } from '@/canvas/rows.ts'

const spacing = { across: 20, down: 10, layers: 50 }
const box = (id: string, x: number, y: number) => ({ id, x, y, width: 100, height: 40 })

test('what fits stays where it is', () => {
  const boxes = [box('a', 3, 0), box('b', 200, 0), box('c', 90, 100)]
  expect(folded(boxes, 400, spacing).get('c')).toEqual({ x: 90, y: 100 })
})

test('a layer that is too wide becomes rows, neighbours above each other', () => {
  const layer = Array.from({ length: 8 }, (_, index) => box(`n${index}`, index * 120, 0))
  const corners = folded([...layer, box('below', 400, 100)], 480, spacing)
  expect(corners.get('n0')).toEqual({ x: 0, y: 0 })
  expect(corners.get('n1')).toEqual({ x: 0, y: 50 })
  expect(corners.get('n2')).toEqual({ x: 120, y: 0 })
  // Centred under the rows, a layer's distance below.
  expect(corners.get('below')).toEqual({ x: 180, y: 140 })
  const places = [...corners.values()].map((one) => `${one.x} ${one.y}`)
  expect(new Set(places).size).toBe(places.length)
})
