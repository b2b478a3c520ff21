import { expect, test } from 'vitest'
import type { Box, Rect, Scene } from '@/canvas/geometry/index.ts'
import {
  NO_SCENE,
  along,
  arrowOf,
  arrowTo,
  badgesOf,
  extent,
  rectOf,
  sceneOf,
  sees,
} from '@/canvas/geometry/index.ts'
import { areCrowded } from '@/canvas/crowd.ts'
import { coloursOf } from '@/canvas/palette-of-colours.ts'
import { svgOf } from '@/canvas/picture.ts'
import { Projection, refOfEdge } from '@/canvas/projection.ts'
import { answerOf } from '@/live/answers.ts'
import { addCheck } from '@/model/checking.ts'
import { apply } from '@/model/edits.ts'
import type { Design, Looks } from '@/model/records.ts'
import { kinds } from '@/dev/kinds.ts'
import type { Builder } from '@/dev/labs.ts'
import { large, small } from '@/dev/labs.ts'

function withChecks(...pairs: [string, string][]): { lab: Builder; scene: Scene } {
  const lab = small()
  for (const [source, target] of pairs)
    lab.design = apply(
      lab.design,
      addCheck(lab.design, kinds, { source, target, expect: 'reach' }).edit,
    )
  return { lab, scene: sceneOf(lab.design, lab.looks as Looks) }
}
const nearest = (point: { x: number; y: number }, rect: Rect): number =>
  Math.hypot(
    Math.max(rect.x - point.x, 0, point.x - rect.x - rect.width),
    Math.max(rect.y - point.y, 0, point.y - rect.y - rect.height),
  )

test('an arrow begins at one box and points at the other', () => {
  const { scene } = withChecks(['container-1', 'vm-1'], ['vm-1', 'router-1'], ['host-1', 'nic-2'])
  expect(scene.checks).toHaveLength(3)
  for (const line of scene.checks) {
    const arrow = arrowOf(scene, line)
    const [from, to] = [rectOf(scene, line.source), rectOf(scene, line.target)]
    if (!arrow || !from || !to) throw new Error('not drawn')
    expect(nearest(arrow.from, from)).toBeLessThan(1)
    expect(nearest(arrow.to, to)).toBeLessThan(6)
    expect(Object.values(arrow.middle).every(Number.isFinite)).toBe(true)
  }
})

test('checks over one row lie in lanes of their own, the shortest below', () => {
  const { scene } = withChecks(
    ['container-1', 'vm-1'],
    ['container-1', 'container-2'],
    ['vm-1', 'container-1'],
  )
  const height = (id: string): number => {
    const line = scene.checks.find((one) => one.id === id)
    return (line && arrowOf(scene, line)?.middle.y) ?? Number.NaN
  }
  const [short, one, back] = [
    height('container-1~container-2'),
    height('container-1~vm-1'),
    height('vm-1~container-1'),
  ]
  expect(short).toBeGreaterThan(Math.max(one, back) + 19)
  expect(Math.abs(one - back)).toBeGreaterThan(19)
  expect(extent(scene, true)?.y).toBeLessThan(Math.min(one, back))
  expect(extent(scene, false)?.y).toBe(0)
})

test('a folded host stands in for what it hides', () => {
  const { lab } = withChecks(['container-1', 'vm-1'], ['container-1', 'router-1'])
  const looks: Looks = { ...(lab.looks as Looks), 'nodes/host-1': { x: 0, y: 0, collapsed: true } }
  const scene = sceneOf(lab.design, looks)
  expect(scene.checks).toEqual([
    { id: 'container-1~router-1', source: 'host-1', target: 'router-1', lane: 0 },
  ])
})

test('what did not change stays the same object, and is drawn as itself', () => {
  const { lab, scene } = withChecks(['container-1', 'vm-1'])
  const renamed: Design = apply(lab.design, {
    nodes: { changed: { 'vm-1': { label: ['db', 'store'] } } },
  })
  const again = sceneOf(renamed, lab.looks as Looks, scene)
  expect(again.checks[0]).toBe(scene.checks[0])
  const projection = new Projection()
  const [one] = projection.checksOf(scene, new Set(), true)
  expect(projection.checksOf(again, new Set(), true)[0]).toBe(one)
  expect(projection.checksOf(again, new Set(), false)).toEqual([])
  expect(projection.checksOf(again, new Set(['checks/container-1~vm-1']), true)[0]?.selected).toBe(
    true,
  )
  expect(refOfEdge(one?.id ?? '')).toBe('checks/container-1~vm-1')
  expect(refOfEdge('a:p1~b:p1')).toBe('links/a:p1~b:p1')
})

test('the rubber arrow ends at the pointer', () => {
  const { scene } = withChecks()
  expect(arrowTo(scene, 'container-1', { x: 900, y: 700 })?.to).toEqual({ x: 900, y: 700 })
  expect(arrowTo(scene, 'gone', { x: 0, y: 0 })).toBeUndefined()
})

test('the picture has the arrows, unless they are hidden', () => {
  const { lab, scene } = withChecks(['container-1', 'vm-1'])
  expect(svgOf(lab.design, scene, coloursOf())).toContain('must reach')
  expect(svgOf(lab.design, scene, coloursOf(), false)).not.toContain('must reach')
})

test('the answer says what happened, not only whether it was right', () => {
  expect(answerOf('no-reach', 'ok').brief).toBe('kept apart')
  expect(answerOf('no-reach', 'failed').brief).toBe('reached, must not')
  expect(answerOf('reach', 'failed').brief).toBe('not reached')
  expect(answerOf('reach', undefined).brief).toBe('must reach')
})

test('an arrow is in view where it passes, not wherever its ends lie around', () => {
  const arrow = arrowOf(apart, { id: 'c', source: 'here', target: 'there', lane: 0 })
  const points = along(arrow!)
  const window = (x: number, y: number) => ({ x, y, width: 400, height: 400 })
  expect(points[0]).toEqual(arrow!.from)
  expect(points.at(-1)).toEqual(arrow!.to)
  expect(sees(window(arrow!.middle.x - 200, arrow!.middle.y - 200), points)).toBe(true)
  expect(sees(window(-100, -100), points)).toBe(true)
  expect(sees(window(3000, 100), points)).toBe(false)
})

const box = (id: string, x: number, y: number): Box => ({
  id,
  kind: 'container',
  host: undefined,
  x,
  y,
  width: 160,
  height: 48,
  collapsed: false,
})
const apart: Scene = {
  ...NO_SCENE,
  boxes: new Map([
    ['here', box('here', 0, 0)],
    ['there', box('there', 4000, 4000)],
  ]),
}

test('a lab is crowded by its checks or its VLANs', () => {
  expect(areCrowded(large(100, 2).design)).toBe(false)
  expect(areCrowded(large(100, 2, 0, 60).design)).toBe(false)
  expect(areCrowded(large(100, 2, 0, 61).design)).toBe(true)
  expect(areCrowded(large(400, 8, 8).design)).toBe(true)
})

test('badges of checks that cross lie beside each other', () => {
  const { scene } = withChecks(
    ['container-1', 'container-2'],
    ['container-2', 'container-1'],
    ['container-2', 'host-1'],
    ['bridge-1', 'container-1'],
  )
  const spots = [...badgesOf(scene).values()]
  expect(spots).toHaveLength(4)
  for (const [index, one] of spots.entries())
    for (const other of spots.slice(index + 1))
      expect(Math.abs(one.x - other.x) >= 112 || Math.abs(one.y - other.y) >= 24).toBe(true)
})

test('the badge of a check stands where it covers no name, if there is such a place', () => {
  const { lab } = withChecks()
  // In the first row of its host, with another box in between: the middle lies on that one.
  lab.looks = { ...lab.looks, 'nodes/bridge-1': { x: 240, y: 64 }, 'nodes/nic-1': { x: 240, y: 256 } }
  lab.design = apply(
    lab.design,
    addCheck(lab.design, kinds, { source: 'host-1', target: 'nic-1', expect: 'reach' }).edit,
  )
  const scene = sceneOf(lab.design, lab.looks as Looks)
  const [line] = scene.checks
  const arrow = line && arrowOf(scene, line)
  if (!arrow) throw new Error('not drawn')
  const covered = (at: { x: number; y: number }): string[] =>
    [...scene.boxes.keys()].filter((id) => {
      const rect = rectOf(scene, id)
      return id !== 'host-1' && rect !== undefined && nearest(at, rect) < 12
    })
  expect(covered(arrow.middle)).toEqual(['container-2'])
  expect(covered(badgesOf(scene).get(line) ?? arrow.middle)).toEqual([])
})
