/** What people do to running VMs: start, shut down, snapshots, clones. */

import { http } from '@/live/http.ts'
import type { LabEvent, VmAction } from '@/live/messages.ts'
import { copy, paste } from '@/model/copying.ts'
import { ref, titleOf } from '@/model/records.ts'
import type { Circumstances, VmActionName } from '@/model/vms.ts'
import { ACTION_WORDS, DESTRUCTIVE, isOpen, powerOf, whyNotAct } from '@/model/vms.ts'
import { saved, trying } from './deploying.ts'
import { select } from './looking.ts'
import { announce, notify } from './notices.ts'
import type { Data, VmQuestion } from './state.ts'
import { get, set, setUi } from './state.ts'
import { statuses } from './statuses.ts'
import { commit } from './sync.ts'

interface Given {
  snapshot?: string
  clone?: string
}

/** What there is to know about a VM before something is asked of it. */
export function circumstances(state: Data, id: string): Circumstances<VmAction> {
  const status = statuses.get(ref('nodes', id))
  return {
    node: state.design.nodes[id],
    status,
    last: state.vmActions[id],
    deploying: state.deployment?.state === 'applying',
    hypervisor: state.hypervisors.find((one) => one.name === status?.hypervisor),
  }
}

/** Asks for it; true when the agent was asked. */
export async function actOnVm(
  id: string,
  action: VmActionName,
  given: Given = {},
): Promise<boolean> {
  const { lab, design } = get()
  const title = titleOf(id, design.nodes[id])
  const begun = await trying(`${title}: ${ACTION_WORDS[action].toLowerCase()} was not begun`, () =>
    http.post<VmAction>(`/api/labs/${lab?.id ?? ''}/vms/${encodeURIComponent(id)}/actions`, {
      action,
      ...given,
    }),
  )
  if (begun) takeVmAction(begun, true)
  return begun !== undefined
}

/** Of several at once, those left out that it does not fit; of all in the lab where none are named. */
export async function actOnVms(action: VmActionName, ids?: readonly string[]): Promise<void> {
  const state = get()
  const all = ids ?? Object.keys(state.design.nodes).filter((id) => isVm(state, id))
  const nodes = all.filter((id) => whyNotAct(action, circumstances(state, id)) === undefined)
  const [first] = nodes
  if (first === undefined) {
    const why = all.map((id) => whyNotAct(action, circumstances(state, id)))
    notify('info', `Nothing to ${ACTION_WORDS[action].toLowerCase()}`, [...new Set(why)].join('\n'))
    return
  }
  if (nodes.length === 1) {
    await actOnVm(first, action)
    return
  }
  const answer = await trying(`${ACTION_WORDS[action]} was not begun`, () =>
    http.post<{ actions: VmAction[]; left_out: Record<string, string> }>(
      `/api/labs/${state.lab?.id ?? ''}/vms/actions`,
      { action, nodes },
    ),
  )
  if (!answer) return
  for (const one of answer.actions) takeVmAction(one, true)
  const left = Object.entries(answer.left_out)
  if (left.length)
    notify('warning', `${left.length} left out`, left.map(([id, why]) => `${id}: ${why}`).join('\n'))
}

/** Does it, after a question where something would be lost. */
export function askVm(id: string, action: VmActionName, snapshot?: string): void {
  if (action === 'clone') void cloneVm(id)
  else if (DESTRUCTIVE.has(action) || (action === 'snapshot' && snapshot === undefined))
    setUi({ dialog: 'vm', vm: { id, action, snapshot: snapshot ?? '' } satisfies VmQuestion })
  else void actOnVm(id, action, snapshot === undefined ? {} : { snapshot })
}

/** The key: start what is off, resume what is paused; or shut down what runs. */
export function powerSelected(on: boolean): void {
  const state = get()
  const ids = selectedVms(state)
  if (!ids.length) return
  if (!on) {
    void actOnVms('shutdown', ids)
    return
  }
  const paused = ids.filter((id) => powerOf(statuses.get(ref('nodes', id))) === 'paused')
  const others = ids.filter((id) => !paused.includes(id))
  if (paused.length) void actOnVms('resume', paused)
  if (others.length) void actOnVms('start', others)
}

export const isVm = (state: Data, id: string): boolean => state.design.nodes[id]?.kind === 'vm'

export const selectedVms = (state: Data): string[] =>
  [...state.selection].flatMap((at) => {
    const id = at.startsWith('nodes/') ? at.slice('nodes/'.length) : ''
    return isVm(state, id) ? [id] : []
  })

/**
 * Draws a copy beside the VM, on the same host and with cables to the same places, and has the disk
 * copied as it is now. Without a disk, or where nothing is deployed yet, the drawing is all.
 */
export async function cloneVm(id: string): Promise<void> {
  const { design, kinds, looks } = get()
  const at = ref('nodes', id)
  const fragment = copy(design, [at], looks)
  const pasted = paste(design, kinds, fragment, (own) => own)
  const fresh = pasted.ids.get(id)
  const node = pasted.edit.nodes?.added?.[fresh ?? '']
  if (fresh === undefined || !node) return
  if (typeof node['label'] === 'string' && node['label']) node['label'] = `${node['label']} copy`
  // Two machines of one name, or of one address in one LAN, are none that anybody can reach.
  if (node['hostname']) node['hostname'] = ''
  for (const card of Object.values(pasted.edit.interfaces?.added ?? {}))
    if (card['node'] === fresh && card['addresses'] !== undefined) card['addresses'] = []
  const look = looks[at]
  const title = titleOf(id, design.nodes[id])
  commit(
    `Clone ${title}`,
    pasted.edit,
    look ? { [ref('nodes', fresh)]: { ...look, x: look.x + 32, y: look.y + 64 } } : {},
  )
  select([ref('nodes', fresh)])
  const deployed = powerOf(statuses.get(at)) !== undefined
  const disk = design.nodes[id]?.['disk']
  if (!deployed || disk === '' || disk === undefined) {
    announce(`Drew a copy of ${title}.`)
    notify(
      'info',
      `${title} was cloned in the drawing`,
      deployed
        ? 'It has no disk, so there is nothing more to copy. Deploy to have it made.'
        : 'It is not deployed, so both start from the same image.',
    )
    return
  }
  if (await saved()) await actOnVm(id, 'clone', { clone: fresh })
  else notify('warning', 'The disk was not copied', 'What you drew last is not saved yet.')
}

export function takeVmAction(action: VmAction, own = false): void {
  const was = get().vmActions[action.node]
  // The answer of a request may come after its events, which are newer.
  if (own && was?.id === action.id) return
  if (was && was.id !== action.id && was.created > action.created) return
  set((state) => ({ vmActions: { ...state.vmActions, [action.node]: action } }))
  tell(action, was)
}

function tell(action: VmAction, was: VmAction | undefined): void {
  if (isOpen(action) || (was?.id === action.id && was.state === action.state)) return
  const title = titleOf(action.node, get().design.nodes[action.node])
  announce(`${title}: ${action.message}`)
  const mine = action.by !== null && action.by.id === get().me?.id
  if (action.state === 'failed' || action.state === 'unknown') {
    const words = `${title}: ${ACTION_WORDS[action.action].toLowerCase()} ${action.state === 'failed' ? 'failed' : 'is uncertain'}`
    if (mine) notify('error', words, `${action.message}\n${action.advice}`.trim())
  } else if (mine && action.action === 'clone') {
    notify('success', `${title} was cloned`, action.message)
  }
}

export const takeVmEvent = (event: Extract<LabEvent, { kind: 'vm-action' }>): void =>
  takeVmAction(event.action)

/** The last one of a VM is not shown any more. */
export function dismissVmAction(id: string): void {
  set((state) => ({
    vmActions: Object.fromEntries(
      Object.entries(state.vmActions).filter(([node]) => node !== id),
    ),
  }))
}

