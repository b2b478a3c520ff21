import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ConsoleLink } from '@/live/console.ts'
import type { Ending } from '@/live/console.ts'

/** A websocket whose other end is the test. */
class Line {
  static readonly OPEN = 1
  static last: Line
  binaryType = ''
  readyState = 1
  sent: (string | Uint8Array)[] = []
  onopen: () => void = () => undefined
  onmessage: (event: { data: string | ArrayBuffer }) => void = () => undefined
  onclose: (event: { code: number }) => void = () => undefined
  readonly url: string
  constructor(url: string) {
    this.url = url
    Line.last = this
  }
  send = (frame: string | Uint8Array): void => void this.sent.push(frame)
  close = (): void => undefined
  say = (message: unknown): void => this.onmessage({ data: JSON.stringify(message) })
}

const heard = { opened: vi.fn(), data: vi.fn(), skipped: vi.fn(), people: vi.fn(), ended: vi.fn() }
let answer: () => Response

beforeEach(() => {
  vi.stubGlobal('WebSocket', Line)
  vi.stubGlobal('fetch', () => Promise.resolve(answer()))
  answer = () =>
    new Response(JSON.stringify({ token: 'a-token-for-once', seconds: 30, path: '/ws/labs/l/console' }))
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
  for (const one of Object.values(heard)) one.mockReset()
})

async function open(): Promise<[ConsoleLink, Line]> {
  const link = new ConsoleLink('l', 'vm1', 'serial', heard)
  await vi.waitFor(() => expect(Line.last?.onclose).toBeTypeOf('function'))
  await new Promise((resolve) => setTimeout(resolve))
  const line = Line.last
  line.onopen()
  line.say({ type: 'opened' })
  return [link, line]
}

test('the token is the first message, and in no address', async () => {
  const [, line] = await open()
  expect(line.sent).toEqual([JSON.stringify({ type: 'open', token: 'a-token-for-once' })])
  expect(line.url).not.toContain('token')
  expect(heard.opened).toHaveBeenCalledOnce()
})

test('keys of one moment go as one frame, a long text in pieces and no further than the room', async () => {
  const [link, line] = await open()
  line.sent = []
  for (const key of 'ls') link.send(new TextEncoder().encode(key))
  await Promise.resolve()
  expect(line.sent.map((frame) => String.fromCharCode(...(frame as Uint8Array)))).toEqual(['ls'])

  line.say({ type: 'taken', bytes: 2 })
  line.sent = []
  expect(link.send(new Uint8Array(300 * 1024))).toBe(true)
  await Promise.resolve()
  const sizes = (): number[] => line.sent.map((frame) => frame.length)
  expect(Math.max(...sizes())).toBe(16 * 1024)
  expect(sizes().reduce((a, b) => a + b)).toBe(256 * 1024)
  line.say({ type: 'taken', bytes: 44 * 1024 })
  expect(sizes().reduce((a, b) => a + b)).toBe(300 * 1024)
  expect(link.send(new Uint8Array(1024 * 1024 + 1))).toBe(false)
})

test('what is taken in is told, together', async () => {
  const [link, line] = await open()
  line.sent = []
  line.onmessage({ data: new Uint8Array([1, 2, 3]).buffer })
  expect(heard.data).toHaveBeenCalledWith(new Uint8Array([1, 2, 3]))
  vi.useFakeTimers()
  link.take(3)
  link.take(4)
  expect(line.sent).toEqual([])
  vi.runAllTimers()
  expect(line.sent).toEqual([JSON.stringify({ type: 'taken', bytes: 7 })])
})

test.each<[number, Ending['reason']]>([
  [1006, 'lost'],
  [1012, 'lost'],
  [4403, 'lost'],
  [4401, 'refused'],
  [4404, 'refused'],
])('closed with %i it is %s', async (code, reason) => {
  const [, line] = await open()
  line.onclose({ code })
  expect(heard.ended).toHaveBeenCalledWith(expect.objectContaining({ reason }))
})

test('what the server says of the end is what counts', async () => {
  const [, line] = await open()
  line.say({ type: 'over', reason: 'off', words: 'The VM went off.' })
  line.onclose({ code: 1000 })
  expect(heard.ended).toHaveBeenCalledOnce()
  expect(heard.ended).toHaveBeenCalledWith({ reason: 'off', code: '', words: 'The VM went off.' })
})

test('a refusal of the API keeps its words', async () => {
  answer = () =>
    new Response(JSON.stringify({ code: 'not-deployed', message: 'Deploy the lab.' }), { status: 409 })
  new ConsoleLink('l', 'vm1', 'serial', heard)
  await vi.waitFor(() => expect(heard.ended).toHaveBeenCalled())
  expect(heard.ended).toHaveBeenCalledWith({
    reason: 'refused', code: 'not-deployed', words: 'Deploy the lab.',
  })
})
