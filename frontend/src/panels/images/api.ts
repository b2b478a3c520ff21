/** The image library as the server has it: what it lists, and a file that goes there in pieces. */

import { ApiError, http } from '@/live/http.ts'

export type Role = 'disk' | 'kernel' | 'initrd'

export const ROLES: Readonly<Record<Role, string>> = {
  disk: 'Disk',
  kernel: 'Kernel',
  initrd: 'Initial RAM disk',
}

export interface Image {
  id: string
  team: string
  team_id: string
  name: string
  role: Role
  format: 'qcow2' | 'raw' | ''
  size: number
  virtual_size: number
  sha256: string
  state: 'ready' | 'missing'
  by: string
  at: string
  labs: string[]
  copied: string[]
}

export interface Share {
  used: number
  limit: number
}

export interface Usage {
  team: string
  name: string
  vms: Share
  vcpus: Share
  memory: Share
  disk: Share
  images: Share
}

export interface Wanted {
  team: string | undefined
  name: string
  role: Role
  sha256: string
  replaces: boolean
}

interface Upload {
  id: string
  size: number
  received: number
  piece: number
}

export const images = {
  list: () => http.get<Image[]>('/api/images'),
  usage: () => http.get<Usage[]>('/api/usage'),
  delete: (id: string) => http.delete(`/api/images/${id}`),
}

const PAUSES = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000]

/**
 * Send a file piece by piece; `onSent` hears how many bytes are there. After an interruption it
 * goes on where the server says that it stands. Aborted, nothing of it stays on the server.
 */
export async function upload(
  file: Blob,
  wanted: Wanted,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Image> {
  const begun = await http.post<Upload>('/api/images/uploads', {
    name: wanted.name,
    role: wanted.role,
    size: file.size,
    sha256: wanted.sha256,
    replaces: wanted.replaces,
    ...(wanted.team === undefined ? {} : { team: wanted.team }),
  })
  const path = `/api/images/uploads/${begun.id}`
  try {
    let sent = 0
    let failures = 0
    while (sent < file.size) {
      try {
        const piece = file.slice(sent, sent + begun.piece)
        const now = await http.send<Upload>(`${path}?offset=${sent}`, piece, signal)
        sent = now.received
        failures = 0
      } catch (problem) {
        sent = await goOn(problem, path, failures, sent, signal)
        failures += 1
      }
      onSent(sent)
      signal.throwIfAborted()
    }
    return await http.post<Image>(`${path}/finish`)
  } catch (problem) {
    http.delete(path).catch(() => undefined) // where it was refused it is gone already
    throw problem
  }
}

/** Where to go on after a piece has failed; throws what cannot be gone on after. */
async function goOn(
  problem: unknown,
  path: string,
  failures: number,
  sent: number,
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted()
  if (!(problem instanceof ApiError)) throw problem
  const lost = problem.status === 0 || problem.status >= 502
  if (!lost && problem.code !== 'offset') throw problem
  const pause = PAUSES[failures]
  if (pause === undefined) throw problem
  if (lost) await rest(pause, signal)
  try {
    return (await http.get<Upload>(path)).received
  } catch (again) {
    if (again instanceof ApiError && again.status === 0) return sent
    throw again
  }
}

function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    function stop(): void {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', stop, { once: true })
  })
}

/** What a file is for, by its name. */
export function roleOf(name: string): Role {
  if (/vmlinu|bzimage|kernel/i.test(name)) return 'kernel'
  return /initr|initramfs|\.cpio/i.test(name) ? 'initrd' : 'disk'
}

/** A name that a design can have: other characters become dashes. */
export const nameOf = (file: string): string =>
  file
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '')
    .slice(0, 100)

/** Bytes for people, by powers of 1024. */
export function sizeInWords(bytes: number): string {
  let amount = bytes
  let unit = 'B'
  for (unit of ['B', 'KiB', 'MiB', 'GiB', 'TiB']) {
    if (amount < 1000 || unit === 'TiB') break
    amount /= 1024
  }
  return `${amount < 10 && unit !== 'B' ? amount.toFixed(1) : Math.round(amount)} ${unit}`
}
