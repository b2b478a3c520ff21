/**
 * One console of a VM, from the token to its end: asks for a token, opens the websocket with it, and
 * keeps to the window in both directions (designer/wire/window.py). What the bytes mean is another's
 * business, and so is coming back after the end.
 */

import type { components } from '@/generated/types.ts'
import { ApiError, http } from './http.ts'

type Schemas = components['schemas']
type FromServer = Schemas['ConsoleToBrowser']
type ToServer = Schemas['ConsoleFromBrowser']
type Out = Schemas['ConsoleOut']

export type ConsoleKind = 'serial' | 'graphics'

/** Bytes that may be on their way in one direction: WINDOW of designer/wire/window.py. */
const WINDOW = 256 * 1024
/** Bytes of one frame. */
const CHUNK = 16 * 1024
/** Bytes that wait to be sent, such as a text that was pasted; what comes above it is refused. */
const MOST_WAITING = 1024 * 1024
/** Bytes taken in after which the other end is told, and milliseconds after which anyway. */
const TELL_AFTER = 32 * 1024
const TELL_WITHIN = 40

/** Why a console ended: a reason of the server's, `refused` (the API or the socket: not again by
 * itself) or `lost` (the line broke). */
export interface Ending {
  reason: Extract<FromServer, { type: 'over' }>['reason'] | 'refused' | 'lost'
  /** The API's error code, where there is one. */
  code: string
  words: string
}

export interface ConsoleEvents {
  opened: () => void
  data: (bytes: Uint8Array) => void
  skipped: (bytes: number) => void
  people: (names: readonly string[]) => void
  /** Called once, last of all; not after `close()`. */
  ended: (ending: Ending) => void
}

/** Codes of the server's (designer/live/console_browsers.py) after which coming back is of no use. */
const FINAL: Readonly<Record<number, string>> = {
  4400: 'The server could not read what this page sent. Load the page again.',
  4401: 'You are signed out. Sign in again.',
  4404: 'There is no such VM, or not for you any more.',
  4429: 'Too much was sent at once.',
}

export class ConsoleLink {
  private readonly events: ConsoleEvents
  private socket: WebSocket | undefined
  private over = false
  private waiting: Uint8Array[] = []
  private waitingBytes = 0
  private room = WINDOW
  private taken = 0
  private flushing = false
  private telling: ReturnType<typeof setTimeout> | undefined

  constructor(
    lab: string,
    node: string,
    kind: ConsoleKind,
    events: ConsoleEvents,
    { force = false } = {},
  ) {
    this.events = events
    const path = `/api/labs/${lab}/vms/${encodeURIComponent(node)}/console`
    http.post<Out>(path, { kind, force }).then(
      (answer) => this.connect(answer),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error
        const again = error.status === 0 || error.status >= 500 || error.code === 'away'
        this.end({
          reason: error.code === 'away' ? 'away' : again ? 'lost' : 'refused',
          code: error.code,
          words: error.message,
        })
      },
    )
  }

  /** Sends, when there is room; whether it will be. */
  send(bytes: Uint8Array): boolean {
    if (this.over || this.waitingBytes + bytes.length > MOST_WAITING) return false
    this.waiting.push(bytes)
    this.waitingBytes += bytes.length
    if (!this.flushing) {
      // Keys and pointers of one moment go as one frame.
      this.flushing = true
      queueMicrotask(this.flush)
    }
    return true
  }

  /** So many bytes of data are shown: as many more may come. */
  take(bytes: number): void {
    this.taken += bytes
    if (this.taken >= TELL_AFTER) this.tell()
    else this.telling ??= setTimeout(this.tell, TELL_WITHIN)
  }

  close(): void {
    this.over = true
    this.waiting = []
    clearTimeout(this.telling)
    this.socket?.close()
  }

  private connect({ token, path }: Out): void {
    if (this.over) return
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
    const socket = new WebSocket(`${scheme}://${location.host}${path}`)
    socket.binaryType = 'arraybuffer'
    this.socket = socket
    socket.onopen = () => this.say({ type: 'open', token })
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (this.over) return
      if (typeof event.data === 'string') this.hear(JSON.parse(event.data) as FromServer)
      else this.events.data(new Uint8Array(event.data))
    }
    socket.onclose = ({ code }) => {
      const words = FINAL[code]
      this.end(
        words === undefined
          ? { reason: 'lost', code: '', words: 'The connection to the server was lost.' }
          : { reason: 'refused', code: String(code), words },
      )
    }
  }

  private hear(message: FromServer): void {
    switch (message.type) {
      case 'opened':
        this.events.opened()
        break
      case 'skipped':
        this.events.skipped(message.bytes)
        break
      case 'taken':
        this.room += message.bytes
        this.flush()
        break
      case 'here':
        this.events.people(message.people)
        break
      case 'over':
        this.end({ reason: message.reason, code: '', words: message.words })
        this.socket?.close()
        break
    }
  }

  private readonly flush = (): void => {
    this.flushing = false
    while (this.waiting.length && this.room > 0 && !this.over) {
      const most = Math.min(CHUNK, this.room)
      const parts: Uint8Array[] = []
      let size = 0
      for (let next = this.waiting[0]; next !== undefined && size < most; next = this.waiting[0]) {
        const part = next.subarray(0, most - size)
        parts.push(part)
        size += part.length
        if (part.length === next.length) this.waiting.shift()
        else this.waiting[0] = next.subarray(part.length)
      }
      this.waitingBytes -= size
      this.room -= size
      this.socket?.send(joined(parts, size))
    }
  }

  private readonly tell = (): void => {
    clearTimeout(this.telling)
    this.telling = undefined
    if (this.taken === 0) return
    this.say({ type: 'taken', bytes: this.taken })
    this.taken = 0
  }

  private say(message: ToServer): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message))
  }

  private end(ending: Ending): void {
    if (this.over) return
    this.over = true
    clearTimeout(this.telling)
    this.events.ended(ending)
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
