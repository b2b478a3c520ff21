/** A file goes up piece by piece, over whatever happens on the way. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nameOf, roleOf, sizeInWords, upload } from '@/panels/images/api.ts'

const WANTED = { team: undefined, name: 'a.qcow2', role: 'disk', sha256: '', replaces: false } as const

/** A server that takes pieces of 4 bytes; each of `faults` spoils one of them. */
class Server {
  received = ''
  readonly asked: string[] = []
  faults: ('lost' | 'after' | 'full')[] = []

  readonly fetch = async (path: string, options: RequestInit): Promise<Response> => {
    this.asked.push(`${options.method} ${path.replace('/api/images', '')}`)
    if (options.method === 'POST' && path.endsWith('/finish')) return answer(201, { name: 'a.qcow2' })
    if (options.method === 'PUT') {
      const fault = this.faults.shift()
      if (fault === 'lost') throw new TypeError('network')
      if (fault === 'full') return answer(409, { code: 'no-space', message: 'No room.' })
      const offset = Number(new URL(path, 'http://x').searchParams.get('offset'))
      if (offset !== this.received.length) return answer(409, { code: 'offset', message: 'Not there.' })
      this.received += await (options.body as Blob).text()
      if (fault === 'after') throw new TypeError('network') // it came, and its answer got lost
    }
    if (options.method === 'DELETE') return new Response(null, { status: 204 })
    return answer(200, { id: 'u1', size: 10, piece: 4, received: this.received.length })
  }
}

const answer = (status: number, body: unknown): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })

describe('an upload', () => {
  let server: Server
  const file = new Blob(['0123456789'])

  beforeEach(() => {
    server = new Server()
    vi.stubGlobal('fetch', server.fetch)
    vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 500 })
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('sends pieces and tells how far it is', async () => {
    const sent: number[] = []
    await upload(file, WANTED, (bytes) => sent.push(bytes), new AbortController().signal)
    expect(server.received).toBe('0123456789')
    expect(sent).toEqual([4, 8, 10])
  })

  it('goes on where the server stands after the connection was lost', async () => {
    server.faults = ['after', 'lost', 'lost']
    await upload(file, WANTED, () => undefined, new AbortController().signal)
    expect(server.received).toBe('0123456789')
    expect(server.asked.filter((one) => one === 'GET /uploads/u1')).toHaveLength(3)
  })

  it('gives up what is refused, and what was sent of it', async () => {
    server.faults = ['full']
    const sending = upload(file, WANTED, () => undefined, new AbortController().signal)
    await expect(sending).rejects.toThrow('No room.')
    expect(server.asked.at(-1)).toBe('DELETE /uploads/u1')
  })

  it('leaves nothing when it is cancelled', async () => {
    const abort = new AbortController()
    const sending = upload(file, WANTED, () => abort.abort(), abort.signal)
    await expect(sending).rejects.toThrow()
    expect(server.asked.at(-1)).toBe('DELETE /uploads/u1')
    expect(server.asked.filter((one) => one.startsWith('PUT'))).toHaveLength(1)
  })
})

it('proposes names that a design can have, and what a file is for', () => {
  expect(nameOf('Débian 12 (generic).qcow2')).toBe('Debian-12-generic-.qcow2')
  expect(nameOf('.hidden')).toBe('hidden')
  expect(['vmlinuz-6.1', 'initrd.img', 'debian.qcow2'].map(roleOf)).toEqual(['kernel', 'initrd', 'disk'])
})

it('says sizes as the server does', () => {
  const sizes = [0, 999, 1024, 5 * 2 ** 20, 640 * 2 ** 20, 1400 * 2 ** 20, 3 * 2 ** 40]
  expect(sizes.map(sizeInWords)).toEqual([
    ...['0 B', '999 B', '1.0 KiB', '5.0 MiB', '640 MiB', '1.4 GiB', '3.0 TiB'],
  ])
})
