import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LabSocket } from '@/live/socket.ts'

class Line {
  static readonly OPEN = 1
  static all: Line[] = []
  readyState = 0
  sent: string[] = []
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null
  constructor() {
    Line.all.push(this)
  }
  send(text: string): void {
    this.sent.push(text)
  }
  close(): void {
    this.readyState = 3
  }
  opens(): void {
    this.readyState = 1
    this.onopen?.()
  }
  ends(code = 1006, reason = ''): void {
    this.readyState = 3
    this.onclose?.({ code, reason })
  }
}

const events = { message: vi.fn(), open: vi.fn(), lost: vi.fn(), unreadable: vi.fn(), refused: vi.fn() }
let socket: LabSocket

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', Line)
  Line.all = []
  Object.values(events).forEach((one) => one.mockReset())
  socket = new LabSocket('ws://x', events)
})
afterEach(() => {
  socket.close()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})
const last = (): Line => Line.all.at(-1)!

test('comes back by itself, with growing pauses', async () => {
  last().opens()
  last().ends()
  expect(events.lost).toHaveBeenCalledOnce()
  await vi.advanceTimersByTimeAsync(700)
  expect(Line.all).toHaveLength(2)
  last().ends()
  await vi.advanceTimersByTimeAsync(700)
  expect(Line.all).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(700)
  expect(Line.all).toHaveLength(3)
})

test('does not come back when it is told to stay away', async () => {
  last().opens()
  last().ends(4401)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(Line.all).toHaveLength(1)
  expect(events.refused).toHaveBeenCalledWith(4401)
})

test('a line that is dead without a word is left', async () => {
  last().opens()
  await vi.advanceTimersByTimeAsync(20_000)
  expect(last().sent).toEqual(['{"type":"ping"}'])
  await vi.advanceTimersByTimeAsync(20_000)
  expect(events.lost).toHaveBeenCalledOnce()
  await vi.advanceTimersByTimeAsync(1000)
  expect(Line.all).toHaveLength(2)
})

test('says when the server could not read us', () => {
  last().opens()
  last().ends(4400, 'edit: not an object')
  expect(events.unreadable).toHaveBeenCalledWith('edit: not an object')
})

test('the network coming back cuts the pause short', () => {
  last().opens()
  last().ends()
  window.dispatchEvent(new Event('online'))
  expect(Line.all).toHaveLength(2)
})
