/** Pulling cables and plugging them in, and which of that the machines have yet to hear. */

import { useCallback, useRef, useSyncExternalStore } from 'react'
import * as build from '@/model/building.ts'
import { cablesOf } from '@/model/plugging.ts'
import type { Ref } from '@/model/records.ts'
import { nodeOf, ref, titleOf } from '@/model/records.ts'
import { announce, notify } from './notices.ts'
import { get, useStore } from './state.ts'
import { statuses } from './statuses.ts'
import { commit } from './sync.ts'

/** The cables of these, all plugged in or all unplugged; as one step. Without `plugged`: the other
 * way than most conspicuous, plugged in if any of them is unplugged. */
export function plug(refs: Iterable<Ref>, plugged?: boolean): void {
  const { design } = get()
  const links = cablesOf(design, refs)
  if (links.length === 0) {
    notify('info', 'No cable to unplug', 'Select a cable at a bridge or network, or what it leads to.')
    return
  }
  const to = plugged ?? links.some((id) => design.links[id]?.plugged === false)
  const label = `${to ? 'Plug in' : 'Unplug'} ${links.length === 1 ? cableTitle(links[0]) : `${links.length} cables`}`
  commit(
    label,
    build.setFields(
      design,
      links.map((id) => ref('links', id)),
      { plugged: to },
    ),
  )
  announce(`${label}.`)
}

function cableTitle(id: string | undefined): string {
  const { design } = get()
  const link = id === undefined ? undefined : design.links[id]
  if (!link) return 'the cable'
  const [a, b] = [nodeOf(link.a), nodeOf(link.b)]
  return `${titleOf(a, design.nodes[a])} – ${titleOf(b, design.nodes[b])}`
}

/** How many cables are drawn in one way and were observed in the other. */
export interface Unapplied {
  unplug: number
  plugIn: number
}

function unapplied(): Unapplied {
  let [unplug, plugIn] = [0, 0]
  for (const [id, link] of Object.entries(get().design.links)) {
    const seen = statuses.get(ref('links', id))?.facts['plugged']
    if (typeof seen !== 'boolean' || seen === link.plugged) continue
    if (link.plugged) plugIn += 1
    else unplug += 1
  }
  return { unplug, plugIn }
}

export function useUnapplied(): Unapplied {
  const kept = useRef<Unapplied>({ unplug: 0, plugIn: 0 })
  const subscribe = useCallback((listener: () => void) => {
    const stops = [
      statuses.subscribeAll((changed) => {
        if (changed.some((at) => at.startsWith('links/'))) listener()
      }),
      useStore.subscribe((state) => state.design.links, listener),
    ]
    return () => stops.forEach((stop) => stop())
  }, [])
  return useSyncExternalStore(subscribe, () => {
    const now = unapplied()
    const { current } = kept
    if (now.unplug !== current.unplug || now.plugIn !== current.plugIn) kept.current = now
    return kept.current
  })
}
