import { beforeEach, expect, test, vi } from 'vitest'
import { FakeServer, plug } from '@/dev/server.ts'
import { kinds } from '@/dev/kinds.ts'
import { small } from '@/dev/labs.ts'
import { indexOf } from '@/model/index-of.ts'
import type { Design } from '@/model/records.ts'
import { actions, get, reset, useStore } from '@/store/index.ts'

const cardsOf = (design: Design, node: string): readonly string[] =>
  indexOf(design).interfacesOf.get(node) ?? []

/** The lab with a VM that has a name and an address of its own; and the VM's id. */
function named(design: Design): [Design, string] {
  const [id, vm] = Object.entries(design.nodes).find(([, node]) => node.kind === 'vm') ?? []
  if (id === undefined || vm === undefined) throw new Error('the lab has no VM')
  const interfaces = { ...design.interfaces }
  for (const card of cardsOf(design, id)) {
    const one = interfaces[card]
    if (one) interfaces[card] = { ...one, addresses: ['10.0.0.7/24'], mac: '52:54:00:00:00:07' }
  }
  const nodes = { ...design.nodes, [id]: { ...vm, label: 'Web', hostname: 'web' } }
  return [{ ...design, nodes, interfaces }, id]
}

beforeEach(() => {
  vi.useFakeTimers()
  reset()
  return () => vi.useRealTimers()
})

test('a clone is on the same host and cable, and shares neither name nor address', async () => {
  const lab = small()
  const [before, id] = named(lab.design)
  plug(new FakeServer(before, lab.looks))
  useStore.setState({ kinds, lab: { id: 'x', name: 'lab', team: '', role: '' } })
  await vi.advanceTimersByTimeAsync(200)
  expect(cardsOf(before, id)).not.toHaveLength(0)

  await actions.cloneVm(id)
  const after = get().design
  const [fresh = '', ...more] = Object.keys(after.nodes).filter((node) => !(node in before.nodes))
  expect(more).toHaveLength(0)
  const host = before.nodes[id]?.['host']
  expect(after.nodes[fresh]).toMatchObject({ kind: 'vm', host, label: 'Web copy', hostname: '' })
  const cards = cardsOf(after, fresh).map((one) => after.interfaces[one])
  expect(cards).toHaveLength(cardsOf(before, id).length)
  for (const one of cards) expect(one).toMatchObject({ addresses: [], mac: null })
})
