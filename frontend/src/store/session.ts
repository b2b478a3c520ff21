/** One lab open in one tab: fetch what describes it, open the socket, close it all again. */

import { http } from '@/live/http.ts'
import type { FromServer } from '@/live/messages.ts'
import { LabSocket } from '@/live/socket.ts'
import type { KindSpec } from '@/model/kinds.ts'
import { byKind } from '@/model/kinds.ts'
import type { LabInfo } from './state.ts'
import { START, get, set } from './state.ts'
import { receive, setSend, unreadable } from './sync.ts'
import { statuses } from './statuses.ts'

interface LabAnswer {
  id: string
  name: string
  team: string | { name: string } | null
  role?: string
}

export function labInfo(answer: LabAnswer): LabInfo {
  const team = typeof answer.team === 'string' ? answer.team : (answer.team?.name ?? '')
  return { id: answer.id, name: answer.name, team, role: answer.role ?? '' }
}

/** Forgets the lab that was open, so that nothing of it can show in the next. */
export function reset(): void {
  setSend(undefined)
  statuses.replace({})
  set({ ...START, ui: { ...get().ui, consoles: [], console: null }, kinds: get().kinds })
}

/** Counts openings: one that was overtaken must not touch what the next has made. */
let latest = 0

/** Opens a lab; the answer closes it. Throws ApiError if it may not be seen. */
export async function openLab(id: string): Promise<() => void> {
  const mine = ++latest
  const current = (): boolean => mine === latest
  reset()
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  // The socket opens while the rest is fetched; what it says waits until the kinds are known.
  let early: FromServer[] | undefined = []
  const socket = new LabSocket(`${scheme}://${location.host}/ws/labs/${id}`, {
    open: (send) => {
      if (current()) setSend(send)
    },
    message: (message) => {
      if (!current()) return
      if (early) early.push(message)
      else receive(message)
    },
    lost: () => {
      if (!current()) return
      setSend(undefined)
      early &&= []
      set((state) => ({ connection: 'lost', lostAt: state.lostAt ?? Date.now(), people: [] }))
    },
    unreadable,
    refused: () => {
      if (!current()) return
      setSend(undefined)
      set({ connection: 'refused' })
    },
  })
  const close = (): void => {
    socket.close()
    if (current()) reset()
  }
  try {
    const [lab, kinds] = await Promise.all([
      http.get<LabAnswer>(`/api/labs/${id}`),
      http.get<KindSpec[]>('/api/kinds'),
    ])
    if (current()) set({ lab: labInfo(lab), kinds: byKind(kinds) })
  } catch (error) {
    close()
    throw error
  }
  const waiting = early
  early = undefined
  if (current()) for (const message of waiting) receive(message)
  return close
}
