/** What is selected and what is in view: nothing of it is part of the design. */

import type { End } from '@/model/connecting.ts'
import type { Ref } from '@/model/records.ts'
import { recordAt, ref } from '@/model/records.ts'
import { NOTHING, get, set, setUi } from './state.ts'

/** Selects exactly these. */
export function select(refs: Iterable<Ref>): void {
  const next = new Set(refs)
  const now = get().selection
  if (next.size === now.size && [...next].every((at) => now.has(at))) return
  set({ selection: next.size ? next : NOTHING })
}

/** Adds to the selection, or takes out what is in it. */
export function toggleSelected(at: Ref): void {
  const next = new Set(get().selection)
  if (!next.delete(at)) next.add(at)
  set({ selection: next })
}

export function selectAll(): void {
  select(Object.keys(get().design.nodes).map((id) => ref('nodes', id)))
}

/** Selects it and brings it into view on the canvas. */
export function focusOn(at: Ref): void {
  if (!recordAt(get().design, at)) return
  select([at])
  set((state) => ({ focus: { ref: at, count: (state.focus?.count ?? 0) + 1 } }))
  setUi({ right: 'inspector', rightOpen: true })
}

/** Opens the "connect to…" dialog from a node or an interface. */
export function openConnect(from: End): void {
  setUi({ dialog: 'connect', connectFrom: from })
}

/** Opens the "add check…" dialog, from a node and to one where these are known. */
export function openCheck(source: string | null = null, target: string | null = null): void {
  setUi({ dialog: 'check', check: { source, target } })
}

/** Shows where a VLAN goes, or with null no longer. Asked for the one that is shown: no longer. */
export function highlightVlan(vlan: number | null): void {
  setUi({ vlan: vlan === get().ui.vlan ? null : vlan })
}
