/**
 * What was observed, outside the store of the design: thousands of changes a second must redraw
 * only the nodes and links that they are about. Changes are merged per record and per frame.
 */

import { useCallback, useSyncExternalStore } from 'react'
import type { State, Status } from '@/live/messages.ts'
import type { LinkRecord, Ref } from '@/model/records.ts'
import { ref } from '@/model/records.ts'

type Listener = () => void
type Changes = Partial<Record<Ref, Status | null>>

const now = new Map<Ref, Status>()
const waiting = new Map<Ref, Status | null>()
const listeners = new Map<Ref, Set<Listener>>()
const everything = new Set<(changed: readonly Ref[]) => void>()
let frame: number | undefined

export const statuses = {
  get: (at: Ref): Status | undefined => now.get(at),
  all: (): ReadonlyMap<Ref, Status> => now,

  /** Takes changes in; they are seen with the next frame. */
  change: (changes: Changes): void => {
    for (const [at, status] of Object.entries(changes) as [Ref, Status | null][])
      waiting.set(at, status)
    frame ??= requestAnimationFrame(statuses.flush)
  },

  /** Everything anew, at once: a snapshot. */
  replace: (all: Partial<Record<Ref, Status>>): void => {
    waiting.clear()
    for (const at of now.keys()) if (!(at in all)) waiting.set(at, null)
    for (const [at, status] of Object.entries(all) as [Ref, Status][]) waiting.set(at, status)
    statuses.flush()
  },

  flush: (): void => {
    if (frame !== undefined) cancelAnimationFrame(frame)
    frame = undefined
    if (!waiting.size) return
    const changed = [...waiting.keys()]
    for (const [at, status] of waiting)
      if (status === null) now.delete(at)
      else now.set(at, status)
    waiting.clear()
    const called = new Set<Listener>()
    for (const at of changed) for (const listener of listeners.get(at) ?? []) called.add(listener)
    for (const listener of called) listener()
    for (const listener of everything) listener(changed)
  },

  subscribe: (refs: readonly Ref[], listener: Listener): (() => void) => {
    for (const at of refs) {
      const some = listeners.get(at)
      if (some) some.add(listener)
      else listeners.set(at, new Set([listener]))
    }
    return () => {
      for (const at of refs) {
        const some = listeners.get(at)
        some?.delete(listener)
        if (some?.size === 0) listeners.delete(at)
      }
    }
  },

  /** Called once per frame in which anything changed, with what did. */
  subscribeAll: (listener: (changed: readonly Ref[]) => void): (() => void) => {
    everything.add(listener)
    return () => everything.delete(listener)
  },
}

/** The status of one record; only changes of that one draw again. */
export function useStatus(at: Ref): Status | undefined {
  const subscribe = useCallback((listener: Listener) => statuses.subscribe([at], listener), [at])
  return useSyncExternalStore(subscribe, () => now.get(at))
}

/** The addresses that networks gave to a VM, or to one card of it, as they are now. */
export function leasesOf(status: Status | undefined): readonly string[] {
  const leases = status?.facts['leases']
  return status?.state !== 'unknown' && Array.isArray(leases) ? (leases) : []
}

/** The worse comes first: what a person has to look at. */
const GRAVITY: readonly State[] = [
  'failed',
  'drift',
  'degraded',
  'absent',
  'unknown',
  'applying',
  'pending',
  'ok',
]

export function worst(found: readonly (Status | undefined)[]): Status | undefined {
  let result: Status | undefined
  for (const one of found)
    if (one && (!result || GRAVITY.indexOf(one.state) < GRAVITY.indexOf(result.state))) result = one
  return result
}

/** A link's status: its own and its two ends', whichever is worst. */
export const linkStatus = (id: string, link: LinkRecord): Status | undefined =>
  worst([
    now.get(ref('links', id)),
    now.get(ref('interfaces', link.a)),
    now.get(ref('interfaces', link.b)),
  ])

export function useLinkStatus(id: string, link: LinkRecord): Status | undefined {
  const { a, b } = link
  const subscribe = useCallback(
    (listener: Listener) =>
      statuses.subscribe(
        [ref('links', id), ref('interfaces', a), ref('interfaces', b)],
        listener,
      ),
    [id, a, b],
  )
  return useSyncExternalStore(subscribe, () => linkStatus(id, link))
}

export type Counts = Readonly<Partial<Record<State, number>>>

let tally: { of: number; things: Counts; checks: Counts } | undefined
let version = 0
everything.add(() => version++)
function tallied(): { things: Counts; checks: Counts } {
  if (tally?.of !== version) {
    const [things, checks]: Partial<Record<State, number>>[] = [{}, {}]
    for (const [at, { state }] of now) {
      const counts = at.startsWith('checks/') ? checks : things
      if (counts) counts[state] = (counts[state] ?? 0) + 1
    }
    tally = { of: version, things: things ?? {}, checks: checks ?? {} }
  }
  return tally
}

/** How many nodes, interfaces and links are in each state. Drawn again once per frame at most. */
export const statusCounts = (): Counts => tallied().things
export const useStatusCounts = (): Counts =>
  useSyncExternalStore(statuses.subscribeAll, statusCounts)

/** How many checks are in each state: ok is "as expected", applying is "running". */
export const checkCounts = (): Counts => tallied().checks
export const useCheckCounts = (): Counts =>
  useSyncExternalStore(statuses.subscribeAll, checkCounts)
