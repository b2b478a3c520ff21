import { beforeEach, expect, test, vi } from 'vitest'
import { FakeServer, plug, status } from '@/dev/server.ts'
import { kinds } from '@/dev/kinds.ts'
import { small } from '@/dev/labs.ts'
import { canUnplug, cablesOf } from '@/model/plugging.ts'
import { ref } from '@/model/records.ts'
import { actions, get, notices, reset, statuses, useStore, useUnapplied } from '@/store/index.ts'
import { act, renderHook } from '@testing-library/react'

let server: FakeServer
let said: string[]

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) await vi.advanceTimersByTimeAsync(60)
}

beforeEach(() => {
  vi.useFakeTimers()
  reset()
  const lab = small()
  server = new FakeServer(lab.design, lab.looks)
  useStore.setState({ kinds, lab: { id: 'x', name: 'lab', team: '', role: '' } })
  plug(server)
  said = []
  const deaf = notices.subscribe((notice) => said.push(notice.title))
  return () => {
    deaf()
    vi.useRealTimers()
  }
})

/** The id of the one cable between two nodes. */
function between(one: string, other: string): string {
  const found = Object.entries(get().design.links).filter(([, { a, b }]) => {
    const nodes = [a, b].map((end) => end.slice(0, end.indexOf(':')))
    return nodes.includes(one) && nodes.includes(other)
  })
  expect(found).toHaveLength(1)
  return found[0]?.[0] ?? ''
}
const plugged = (id: string): boolean | undefined => get().design.links[id]?.plugged

test('a cable is unplugged and plugged in as one step of undo each, and sent', async () => {
  const id = between('vm-1', 'bridge-1')
  actions.plug([ref('links', id)])
  expect(plugged(id)).toBe(false)
  await settle()
  expect(server.design.links[id]?.plugged).toBe(false)
  actions.plug([ref('links', id)])
  expect(plugged(id)).toBe(true)
  actions.undo()
  expect(plugged(id)).toBe(false)
  actions.undo()
  expect(plugged(id)).toBe(true)
})

test('several at once end up alike, and of a node all its cables', () => {
  const [one, two] = [between('container-1', 'bridge-1'), between('container-2', 'bridge-1')]
  actions.plug([ref('nodes', 'container-1')])
  expect([plugged(one), plugged(two)]).toEqual([false, true])
  actions.plug([ref('links', one), ref('links', two)])
  expect([plugged(one), plugged(two)]).toEqual([true, true])
  actions.plug([ref('links', one), ref('links', two)])
  expect([plugged(one), plugged(two)]).toEqual([false, false])
  actions.undo()
  expect([plugged(one), plugged(two)]).toEqual([true, true])
})

test('what is not the lab’s own to set down cannot be unplugged', () => {
  const { design } = get()
  const can = (one: string, other: string): boolean => {
    const link = design.links[between(one, other)]
    return link !== undefined && canUnplug(design, link)
  }
  expect(can('nic-1', 'bridge-1')).toBe(true) // a tunnel: its segment goes by VXLAN
  expect(can('nic-1', 'segment-1')).toBe(false)
  expect(can('router-1', 'bridge-2')).toBe(true)
  expect(cablesOf(design, [ref('nodes', 'segment-1')])).toEqual([])
  actions.plug([ref('nodes', 'segment-1')])
  expect(said).toEqual(['No cable to unplug'])
  actions.editField(ref('nodes', 'segment-1'), 'transport', 'plain')
  const uplink = get().design.links[between('nic-1', 'bridge-1')]
  expect(uplink && canUnplug(get().design, uplink)).toBe(false)
})

test('what the machines have yet to hear is counted, also after undo', () => {
  const id = between('vm-1', 'bridge-1')
  const { result } = renderHook(useUnapplied)
  expect(result.current).toEqual({ unplug: 0, plugIn: 0 })
  act(() => {
    statuses.change({ [ref('links', id)]: { ...status('ok'), facts: { plugged: true } } })
    statuses.flush()
    actions.plug([ref('links', id)], false)
  })
  expect(result.current).toEqual({ unplug: 1, plugIn: 0 })
  act(actions.undo)
  expect(result.current).toEqual({ unplug: 0, plugIn: 0 })
  act(() => {
    statuses.change({ [ref('links', id)]: { ...status('drift'), facts: { plugged: false } } })
    statuses.flush()
  })
  expect(result.current).toEqual({ unplug: 0, plugIn: 1 })
})
