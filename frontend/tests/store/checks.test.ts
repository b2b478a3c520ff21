import { beforeEach, expect, test, vi } from 'vitest'
import { FakeServer, plug, status } from '@/dev/server.ts'
import { kinds } from '@/dev/kinds.ts'
import { small } from '@/dev/labs.ts'
import {
  actions,
  checkCounts,
  get,
  notices,
  reset,
  statusCounts,
  statuses,
  useStore,
} from '@/store/index.ts'

let server: FakeServer
let said: string[]

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) await vi.advanceTimersByTimeAsync(60)
}
/** What the server answers over HTTP, in order; what was asked of it. */
function answers(...bodies: unknown[]): { asked: [string, string, unknown][] } {
  const asked: [string, string, unknown][] = []
  vi.stubGlobal('fetch', (path: string, init: { method: string; body?: string }) => {
    asked.push([init.method, path, init.body === undefined ? undefined : JSON.parse(init.body)])
    const body = bodies.length > 1 ? bodies.shift() : bodies[0]
    return Promise.resolve(new Response(JSON.stringify(body), { status: 200 }))
  })
  return { asked }
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
    vi.unstubAllGlobals()
  }
})

const draw = (): string =>
  actions.addCheck({ source: 'container-1', target: 'container-2', expect: 'reach' }) ?? ''

test('a drawn check is shown, selected and sent, and undone as one step', async () => {
  actions.setUi({ checks: false })
  const id = draw()
  expect(get().design.checks[id]).toMatchObject({ expect: 'reach', within: 120, address: '' })
  expect([...get().selection]).toEqual([`checks/${id}`])
  expect(get().ui.checks).toBe(true)
  await settle()
  expect(server.design.checks).toHaveProperty([id])
  actions.undo()
  expect(get().design.checks).toEqual({})
  actions.redo()
  await settle()
  expect(server.design.checks).toHaveProperty([id])
})

test('a check that cannot be is refused in words', () => {
  expect(
    actions.addCheck({ source: 'bridge-1', target: 'vm-1', expect: 'reach' }),
  ).toBeUndefined()
  expect(said).toEqual(['No check can be drawn'])
  expect(get().pending).toEqual([])
})

test('deleting a node and taking it back brings its checks', async () => {
  const id = draw()
  actions.remove(['nodes/container-2'])
  expect(get().design.checks).toEqual({})
  await settle()
  expect(server.design.checks).toEqual({})
  actions.undo()
  await settle()
  expect(server.design.checks).toHaveProperty([id])
  expect(server.design.nodes).toHaveProperty(['container-2'])
})

test('a node that others check is not pulled away from under them', async () => {
  const made = actions.addNode('container', { host: 'host-1' }) ?? ''
  await settle()
  server.edit('bob', 'b1', {
    checks: {
      added: {
        theirs: {
          source: made,
          target: 'vm-1',
          address: '10.0.0.9',
          expect: 'reach',
          within: 120,
          label: '',
        },
      },
    },
  })
  actions.undo()
  expect(get().design.nodes).toHaveProperty([made])
  expect(said).toEqual([expect.stringContaining('cannot be taken back')])
})

test('what is connected to a trunk is one step with the VLAN it brings', async () => {
  const nic = actions.addNode('nic', { host: 'host-1', fields: { name: 'eth2' } })
  const trunk = actions.addNode('trunk', { host: 'host-1' }) ?? ''
  expect(Object.values(get().design.links).some(({ b }) => b === `${nic ?? ''}:in`)).toBe(true)
  actions.connect({ node: trunk }, { node: 'bridge-1' })
  expect(get().design.nodes[trunk]?.['vlans']).toEqual([10])
  await settle()
  expect(server.design.nodes[trunk]?.['vlans']).toEqual([10])
  actions.undo()
  expect(get().design.nodes[trunk]?.['vlans']).toEqual([])
})

test('answers are counted apart from what was observed of the lab', () => {
  statuses.change({ 'checks/a': status('ok'), 'checks/b': status('failed'), 'nodes/vm-1': status('ok') })
  statuses.flush()
  expect(statusCounts()).toEqual({ ok: 1 })
  expect(checkCounts()).toEqual({ ok: 1, failed: 1 })
})

test('checks are run once what was drawn is saved', async () => {
  const { asked } = answers({ id: 'run', state: 'running' })
  const id = draw()
  const running = actions.runChecks([id])
  expect(asked).toEqual([])
  await settle()
  expect(await running).toBe(true)
  expect(asked).toEqual([['POST', '/api/labs/x/checks', { ids: [id] }]])
})

test('a preflight is followed until it is over', async () => {
  const over = { state: 'passed', message: 'Everything came through.', cells: [], findings: [] }
  const { asked } = answers({ ...over, state: 'running' }, { ...over, state: 'running' }, over)
  const done = actions.runPreflight()
  await vi.advanceTimersByTimeAsync(3000)
  await done
  expect(get().preflight?.state).toBe('passed')
  expect(asked.map(([method]) => method)).toEqual(['POST', 'GET', 'GET'])
})

test('a VLAN is shown, and asked for again no longer', () => {
  actions.highlightVlan(10)
  expect(get().ui.vlan).toBe(10)
  actions.highlightVlan(20)
  actions.highlightVlan(20)
  expect(get().ui.vlan).toBeNull()
})
