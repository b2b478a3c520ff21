/** One lab open in one tab: fetch what describes it, open the socket, close it all again. */

import { http } from '@/live/http.ts'
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
  set({ ...START, ui: get().ui, kinds: get().kinds })
}

/** Opens a lab; the answer closes it. Throws ApiError if it may not be seen. */
export async function openLab(id: string): Promise<() => void> {
  const [lab, kinds] = await Promise.all([
    http.get<LabAnswer>(`/api/labs/${id}`),
    http.get<KindSpec[]>('/api/kinds'),
  ])
  reset()
  set({ lab: labInfo(lab), kinds: byKind(kinds) })
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  const socket = new LabSocket(`${scheme}://${location.host}/ws/labs/${id}`, {
    open: (send) => setSend(send),
    message: receive,
    lost: () => {
      setSend(undefined)
      set((state) => ({ connection: 'lost', lostAt: state.lostAt ?? Date.now(), people: [] }))
    },
    unreadable,
    refused: () => {
      setSend(undefined)
      set({ connection: 'refused' })
    },
  })
  return () => {
    socket.close()
    reset()
  }
}
