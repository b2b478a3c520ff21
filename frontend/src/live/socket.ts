/**
 * The lab's websocket: opens, hears, sends, and comes back by itself with growing pauses. What a
 * message means is the store's business.
 */

import type { FromServer, ToServer } from './messages.ts'

const FIRST_PAUSE = 500
const LONGEST_PAUSE = 15_000
/** Without a word for this long, a ping; without an answer to it for as long, the line is dead. */
const QUIET = 20_000

/** The server could not read what we sent. */
const UNREADABLE = 4400

/** Codes with which the server says that coming back is of no use (RFC 6455, 4000 to 4999). */
const FINAL = new Set([4401, 4403, 4404])

export interface SocketEvents {
  message: (message: FromServer) => void
  open: (send: (message: ToServer) => boolean) => void
  lost: () => void
  unreadable: (reason: string) => void
  refused: (code: number) => void
}

export class LabSocket {
  private readonly url: string
  private readonly events: SocketEvents
  private socket: WebSocket | undefined
  private pause = FIRST_PAUSE
  private retry: ReturnType<typeof setTimeout> | undefined
  private quiet: ReturnType<typeof setTimeout> | undefined
  private pinged = false
  private closed = false

  constructor(url: string, events: SocketEvents) {
    this.url = url
    this.events = events
    window.addEventListener('online', this.hurry)
    document.addEventListener('visibilitychange', this.hurry)
    this.connect()
  }

  close(): void {
    this.closed = true
    window.removeEventListener('online', this.hurry)
    document.removeEventListener('visibilitychange', this.hurry)
    clearTimeout(this.retry)
    clearTimeout(this.quiet)
    this.socket?.close()
  }

  private readonly send = (message: ToServer): boolean => {
    if (this.socket?.readyState !== WebSocket.OPEN) return false
    this.socket.send(JSON.stringify(message))
    return true
  }

  private connect(): void {
    clearTimeout(this.retry)
    this.retry = undefined
    const socket = new WebSocket(this.url)
    this.socket = socket
    socket.onopen = () => {
      this.pause = FIRST_PAUSE
      this.listen()
      this.events.open(this.send)
    }
    socket.onmessage = (event: MessageEvent<string>) => {
      this.listen()
      this.events.message(JSON.parse(event.data) as FromServer)
    }
    socket.onclose = (event) => this.drop(socket, event.code, event.reason)
  }

  private drop(socket: WebSocket, code: number, reason = ''): void {
    if (this.socket !== socket || this.closed) return
    this.socket = undefined
    clearTimeout(this.quiet)
    if (FINAL.has(code)) {
      this.closed = true
      this.events.refused(code)
      return
    }
    this.events.lost()
    if (code === UNREADABLE) this.events.unreadable(reason)
    // Not all at once after a restart of the server.
    this.retry = setTimeout(() => this.connect(), this.pause * (0.75 + Math.random() / 2))
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE)
  }

  /** Something was heard; the next silence starts now. */
  private listen(): void {
    this.pinged = false
    clearTimeout(this.quiet)
    this.quiet = setTimeout(this.tooQuiet, QUIET)
  }

  private readonly tooQuiet = (): void => {
    if (this.pinged) {
      // A dead line never finishes the closing handshake; it is left without waiting for that.
      const dead = this.socket
      dead?.close()
      if (dead) this.drop(dead, 1006)
      return
    }
    this.pinged = true
    this.send({ type: 'ping' })
    this.quiet = setTimeout(this.tooQuiet, QUIET)
  }

  /** The network is back, or the tab is looked at: no reason to wait out the pause. */
  private readonly hurry = (): void => {
    if (this.retry === undefined || document.visibilityState === 'hidden') return
    this.pause = FIRST_PAUSE
    this.connect()
  }
}
