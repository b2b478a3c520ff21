/** Copy, cut, paste and duplicate, between labs and tabs too. */

import type { LooksPatch } from '@/live/messages.ts'
import type { Fragment } from '@/model/copying.ts'
import { copy as copyOf, paste as pasteInto } from '@/model/copying.ts'
import type { Ref } from '@/model/records.ts'
import { hostId, ref, splitRef } from '@/model/records.ts'
import { hostForNew, remove } from './editing.ts'
import { select } from './looking.ts'
import { announce, notify } from './notices.ts'
import { get } from './state.ts'
import { commit } from './sync.ts'

const CLIPBOARD = 'trunkline.clipboard'

/** Copies the selected nodes (or these), with their interfaces and links. */
export function copy(refs: readonly Ref[] = [...get().selection]): boolean {
  const { design, looks } = get()
  const fragment = copyOf(design, refs, looks)
  const count = Object.keys(fragment.nodes).length
  if (!count) return false
  try {
    localStorage.setItem(CLIPBOARD, JSON.stringify(fragment))
  } catch {
    notify('error', 'Could not copy', 'The browser keeps no storage for this page.')
    return false
  }
  announce(`Copied ${count} ${count === 1 ? 'node' : 'nodes'}.`)
  return true
}

export function cut(): void {
  const refs = [...get().selection]
  if (copy(refs)) remove(refs.filter((at) => at.startsWith('nodes/')))
}

function pasteFragment(
  fragment: Fragment,
  verb: string,
  host: Parameters<typeof pasteInto>[3],
): void {
  const { design, kinds, looks } = get()
  const pasted = pasteInto(design, kinds, fragment, host)
  if (!pasted.ids.size) {
    notify('info', 'Nothing pasted', 'Select the host that the copies should stand on.')
    return
  }
  const patch: LooksPatch = {}
  for (const [old, fresh] of pasted.ids) {
    const look = looks[ref('nodes', old)] ?? fragment.looks[ref('nodes', old)]
    if (!look) continue
    const moves = hostOfCopy(fragment, old) === undefined
    patch[ref('nodes', fresh)] = moves ? { ...look, x: look.x + 32, y: look.y + 64 } : look
  }
  const count = pasted.ids.size
  commit(`${verb} ${count} ${count === 1 ? 'node' : 'nodes'}`, pasted.edit, patch)
  select([...pasted.ids].filter(([old]) => hostOfCopy(fragment, old) === undefined).map(([, id]) => ref('nodes', id)))
  announce(`${verb}: ${count} ${count === 1 ? 'node' : 'nodes'}.`)
}

/** The host of a copied node, if it was copied too: such a node keeps its place on it. */
function hostOfCopy(fragment: Fragment, id: string): string | undefined {
  const host = hostId(fragment.nodes[id])
  return host !== undefined && host in fragment.nodes ? host : undefined
}

/** Puts in what was copied, here or in another lab's tab. */
export function paste(): void {
  let fragment: Fragment
  try {
    const kept = localStorage.getItem(CLIPBOARD)
    if (kept === null) return
    fragment = JSON.parse(kept) as Fragment
    if (fragment.trunkline !== 'fragment') return
  } catch {
    return
  }
  const { design } = get()
  const origin = Object.values(fragment.nodes)
    .map(hostId)
    .find((host) => host !== undefined && design.nodes[host]?.kind === 'host')
  pasteFragment(fragment, 'Paste', selectedHost() ?? origin ?? hostForNew())
}

function selectedHost(): string | undefined {
  const { design, selection } = get()
  const [only] = selection
  if (selection.size !== 1 || only === undefined) return undefined
  const [table, id] = splitRef(only)
  return table === 'nodes' && design.nodes[id]?.kind === 'host' ? id : undefined
}

/** Copies and pastes at once, each node onto its own host. */
export function duplicate(refs: readonly Ref[] = [...get().selection]): void {
  const { design, looks } = get()
  const nodes = refs.filter((at) => at.startsWith('nodes/'))
  if (!nodes.length) return
  pasteFragment(copyOf(design, nodes, looks), 'Duplicate', (own) => own)
}
