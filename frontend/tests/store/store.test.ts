import { beforeEach, expect, test, vi } from 'vitest'
import { FakeServer, plug, status } from '@/dev/server.ts'
import { kinds } from '@/dev/kinds.ts'
import { small } from '@/dev/labs.ts'
import * as build from '@/model/building.ts'
import type { Ref } from '@/model/records.ts'
import { actions, get, notices, receive, reset, setSend, statuses, useStore } from '@/store/index.ts'

let server: FakeServer
let said: string[]

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) await vi.advanceTimersByTimeAsync(60)
}

beforeEach(() => {
  vi.useFakeTimers()
  reset()
  localStorage.clear()
  const lab = small()
  server = new FakeServer(lab.design, lab.looks)
  useStore.setState({ kinds, lab: { id: 'x', name: 'lab', team: '', role: '' } })
  plug(server)
  said = []
  notices.subscribe((notice) => said.push(notice.title))
  return () => vi.useRealTimers()
})

/** What everyone sees is the same: the store's truth plus nothing. */
function agree(): void {
  const { design, server: truth, pending, revision } = get()
  expect(pending).toEqual([])
  expect(design.nodes).toEqual(server.design.nodes)
  expect(design.interfaces).toEqual(server.design.interfaces)
  expect(design.links).toEqual(server.design.links)
  expect(design.checks).toEqual(server.design.checks)
  expect(truth).toBe(design)
  expect(revision).toBe(server.revision)
}

const label = (id: string): unknown => get().design.nodes[id]?.label

test('an edit is seen at once and acknowledged later', async () => {
  actions.editField('nodes/bridge-1', 'label', 'core')
  expect(label('bridge-1')).toBe('core')
  expect(get().pending).toHaveLength(1)
  expect(server.design.nodes['bridge-1']?.label).toBe('')
  await settle()
  agree()
})

test('a value that stands already is no edit', () => {
  actions.editField('nodes/bridge-1', 'label', '')
  expect(get().pending).toEqual([])
  expect(get().undo).toEqual([])
})

test('edits by others go underneath what is not acknowledged', async () => {
  actions.editField('nodes/bridge-1', 'label', 'mine')
  server.edit('bob', 'b1', { nodes: { changed: { 'bridge-1': { stp: [true, false] } } } })
  expect(label('bridge-1')).toBe('mine')
  expect(get().design.nodes['bridge-1']?.['stp']).toBe(false)
  await settle()
  agree()
  expect(label('bridge-1')).toBe('mine')
})

test('a stale edit is shown with both ways on; mine again wins field by field', async () => {
  server.edit('bob', 'b1', { nodes: { changed: { 'bridge-1': { label: ['', 'theirs'] } } } })
  // As if our edit had been under way before theirs was heard.
  const late = { nodes: { changed: { 'bridge-1': { label: ['', 'mine'], priority: [32768, 1] } } } }
  actions.edit('Change bridge-1', late as never)
  await settle()
  expect(get().refusals).toHaveLength(1)
  expect(label('bridge-1')).toBe('theirs')
  expect(get().undo).toEqual([])
  actions.reapplyRefusal(get().refusals[0]?.answer.edit_id ?? '')
  expect(get().refusals).toEqual([])
  await settle()
  agree()
  expect(label('bridge-1')).toBe('mine')
  expect(get().design.nodes['bridge-1']?.['priority']).toBe(1)
})

test('keeping theirs leaves what stands', async () => {
  server.edit('bob', 'b1', { nodes: { changed: { 'bridge-1': { label: ['', 'theirs'] } } } })
  actions.edit('Change', { nodes: { changed: { 'bridge-1': { label: ['', 'mine'] } } } })
  await settle()
  actions.dismissRefusal(get().refusals[0]?.answer.edit_id ?? '')
  expect(get().refusals).toEqual([])
  agree()
  expect(label('bridge-1')).toBe('theirs')
})

test('an id that someone else took meanwhile is changed without asking', async () => {
  const id = actions.addNode('bridge', { host: 'host-1' })
  const theirs = build.addNode(server.design, kinds, 'bridge', { host: 'host-2' })
  expect(theirs.id).toBe(id)
  server.edit('bob', 'b1', theirs.edit)
  await settle()
  agree()
  expect(get().refusals).toEqual([])
  expect(get().design.nodes['bridge-3']?.['host']).toBe('host-2')
  expect(get().design.nodes['bridge-4']?.['host']).toBe('host-1')
  actions.undo()
  await settle()
  agree()
  expect(get().design.nodes).not.toHaveProperty(['bridge-4'])
})

test('undo and redo take back and forth, positions too', async () => {
  const before = get().design
  const id = actions.addNode('container', { host: 'host-1', look: { x: 16, y: 64 } }) ?? ''
  actions.connect({ node: id }, { node: 'bridge-1' })
  actions.move({ [`nodes/${id}`]: { x: 320, y: 64 } })
  await settle()
  agree()
  actions.undo()
  expect(get().looks[`nodes/${id}`]).toEqual({ x: 16, y: 64 })
  actions.undo()
  actions.undo()
  await settle()
  agree()
  expect(get().design.nodes).toEqual(before.nodes)
  expect(get().design.links).toEqual(before.links)
  actions.redo()
  actions.redo()
  actions.redo()
  await settle()
  agree()
  expect(get().looks[`nodes/${id}`]).toEqual({ x: 320, y: 64 })
  expect(server.looks[`nodes/${id}`]).toEqual({ x: 320, y: 64 })
})

test("undo takes back one's own only", async () => {
  actions.editFields(['nodes/bridge-1'], { label: 'mine', priority: 1 })
  await settle()
  server.edit('bob', 'b1', { nodes: { changed: { 'bridge-1': { label: ['mine', 'theirs'] } } } })
  actions.undo()
  await settle()
  agree()
  expect(label('bridge-1')).toBe('theirs')
  expect(get().design.nodes['bridge-1']?.['priority']).toBe(32768)
})

test('undo does not pull a node away from under others', async () => {
  const id = actions.addNode('bridge', { host: 'host-1' }) ?? ''
  await settle()
  const cable = build.connect(server.design, kinds, { node: 'container-1' }, { node: id })
  server.edit('bob', 'b1', cable.edit)
  actions.undo()
  await settle()
  agree()
  expect(get().design.nodes).toHaveProperty([id])
  expect(said.join()).toMatch(/cannot be taken back/)
})

test('deleting a host and undoing it brings everything back', async () => {
  const { design, looks } = get()
  actions.remove(['nodes/host-1'])
  await settle()
  agree()
  expect(get().looks).not.toHaveProperty(['nodes/bridge-1'])
  actions.undo()
  await settle()
  agree()
  expect(get().design.nodes).toEqual(design.nodes)
  expect(get().design.interfaces).toEqual(design.interfaces)
  expect(get().design.links).toEqual(design.links)
  expect(get().looks).toEqual(looks)
})

test('a gap in the numbers asks for a snapshot, once', async () => {
  server.seq += 3
  server.design = { ...server.design, nodes: { ...server.design.nodes } }
  delete (server.design.nodes as Record<string, unknown>)['vm-2']
  server.status({ 'nodes/bridge-1': status('ok') })
  server.status({ 'nodes/bridge-1': status('failed') })
  await settle()
  expect(server.received.filter((one) => one.type === 'resync')).toHaveLength(1)
  expect(get().seq).toBe(server.seq)
  expect(get().design.nodes).not.toHaveProperty(['vm-2'])
})

test('what was not sent while the line was down goes out when it is back', async () => {
  setSend(undefined)
  actions.editField('nodes/bridge-1', 'label', 'offline')
  actions.move({ 'nodes/bridge-1': { x: 480, y: 256 } })
  await settle()
  expect(get().pending).toHaveLength(1)
  plug(server)
  receive(server.snapshot('me'))
  expect(label('bridge-1')).toBe('offline')
  expect(get().looks['nodes/bridge-1']).toEqual({ x: 480, y: 256 })
  await settle()
  agree()
  expect(server.looks['nodes/bridge-1']).toEqual({ x: 480, y: 256 })
})

test('an edit whose acknowledgement was lost is not made twice', async () => {
  setSend((message) => {
    server.take('nobody', message)
    return true
  })
  server.leave('me')
  actions.editField('nodes/bridge-1', 'label', 'once')
  const revision = server.revision
  plug(server)
  await settle()
  agree()
  expect(server.revision).toBe(revision)
})

test('copies come with their links and land beside the original', async () => {
  actions.select(['nodes/container-1'])
  actions.copy()
  actions.paste()
  await settle()
  agree()
  const [chosen] = get().selection
  const id = (chosen ?? '').slice('nodes/'.length)
  expect(id).toBe('container-3')
  expect(Object.values(get().design.links).some((link) => link.a === `${id}:eth0`)).toBe(true)
  expect(get().looks[`nodes/${id}`]).toEqual({ x: 64, y: 160 })
})

test('duplicates stay each on its own host', async () => {
  actions.duplicate(['nodes/container-1', 'nodes/vm-2'])
  await settle()
  agree()
  expect(get().design.nodes['container-3']?.['host']).toBe('host-1')
  expect(get().design.nodes['vm-3']?.['host']).toBe('host-2')
})

test('statuses are merged per frame and wake only their own', () => {
  const heard: Ref[] = []
  statuses.subscribe(['nodes/a'], () => heard.push('nodes/a'))
  statuses.subscribe(['nodes/b'], () => heard.push('nodes/b'))
  server.status({ 'nodes/a': status('applying') })
  server.status({ 'nodes/a': status('ok') })
  expect(heard).toEqual([])
  statuses.flush()
  expect(heard).toEqual(['nodes/a'])
  expect(statuses.get('nodes/a')?.state).toBe('ok')
  server.status({ 'nodes/a': null })
  statuses.flush()
  expect(statuses.get('nodes/a')).toBeUndefined()
})

test('a looks patch of others is laid over key by key', () => {
  server.take('bob', { type: 'looks', patch: { 'nodes/host-1': { collapsed: true } as never } })
  expect(get().looks['nodes/host-1']).toEqual({ x: 0, y: 0, collapsed: true })
})

test('stale state and events give what a fresh fetch gives', async () => {
  for (let turn = 0; turn < 12; turn++) {
    if (turn % 3 === 0) actions.addNode('container', { host: 'host-1' })
    if (turn % 3 === 1)
      server.edit('bob', `b${turn}`, build.addNode(server.design, kinds, 'vm', { host: 'host-2' }).edit)
    if (turn % 4 === 0) actions.undo()
    await vi.advanceTimersByTimeAsync(7)
  }
  await settle()
  const followed = get().design
  receive(server.snapshot('me'))
  expect(followed).toEqual(get().design)
  agree()
})
