/** Copying a piece of a design, and putting it in again under other ids. */

import type {
  CheckRecord,
  Design,
  Fields,
  InterfaceRecord,
  Json,
  Looks,
  LooksPatch,
  NodeRecord,
  Ref,
} from './records.ts'
import { hostId, keyOf, nodeOf, ref, splitRef } from './records.ts'
import { connect, freeNodeId, isBare, setFields } from './building.ts'
import { checkId } from './checking.ts'
import type { Edit } from './edits.ts'
import { apply, merge } from './edits.ts'
import { redirected } from './forwards.ts'
import { indexOf, otherEnd } from './index-of.ts'
import type { KindSpecs } from './kinds.ts'
import { filled } from './kinds.ts'
import { freeVlan, isVlanAware } from './proposing.ts'

/** A piece of a design on its own, as it lies in the clipboard. */
export interface Fragment {
  trunkline: 'fragment'
  nodes: Record<string, NodeRecord>
  interfaces: Record<string, InterfaceRecord>
  links: Record<string, Fields>
  /** Links that left the fragment: its own interface and the one outside. */
  leaving: { inside: string; outside: string; label: string }[]
  /** Checks from one of its nodes to another; a fragment of an older version has none. */
  checks?: Record<string, CheckRecord>
  looks: LooksPatch
}

export function copy(
  design: Design,
  refs: readonly Ref[],
  looks: Looks,
): Fragment {
  const { interfacesOf, linksAt, onHost } = indexOf(design)
  const fragment: Fragment = {
    trunkline: 'fragment',
    nodes: {},
    interfaces: {},
    links: {},
    leaving: [],
    looks: {},
  }
  const take = (id: string): void => {
    const node = design.nodes[id]
    if (!node || id in fragment.nodes) return
    fragment.nodes[id] = node
    const look = looks[ref('nodes', id)]
    if (look) fragment.looks[ref('nodes', id)] = look
    for (const one of interfacesOf.get(id) ?? []) {
      const record = design.interfaces[one]
      if (record) fragment.interfaces[one] = record
    }
    for (const child of onHost.get(id) ?? []) take(child)
  }
  for (const at of refs) {
    const [table, id] = splitRef(at)
    if (table === 'nodes') take(id)
  }
  for (const end of Object.keys(fragment.interfaces))
    for (const id of linksAt.get(end) ?? []) {
      const link = design.links[id]
      if (!link) continue
      const outside = otherEnd(link, end)
      if (outside in fragment.interfaces) fragment.links[id] = link
      else fragment.leaving.push({ inside: end, outside, label: link.label })
    }
  const checks: Record<string, CheckRecord> = {}
  for (const [id, check] of Object.entries(design.checks))
    if (check.source in fragment.nodes && check.target in fragment.nodes) checks[id] = check
  fragment.checks = checks
  return fragment
}

export interface Pasted {
  edit: Edit
  /** New id of each copied node. */
  ids: ReadonlyMap<string, string>
}

/**
 * Puts a fragment in, under new ids, on `host` (or where that says) if its own host is no part of
 * it. Links, checks and port forwards inside come along; a link that left it is made again where the other side takes any number of links and
 * may still be reached. Addresses of Ethernet, which must differ, are left to be generated; names
 * that stand on the host already are too.
 */
export function paste(
  design: Design,
  specs: KindSpecs,
  fragment: Fragment,
  host: string | undefined | ((own: string) => string | undefined),
): Pasted {
  const landing = (own: string): string | undefined =>
    typeof host === 'function' ? host(own) : host
  const ids = new Map<string, string>()
  const taken = new Set<string>()
  for (const [id, node] of Object.entries(fragment.nodes)) {
    const machine = hostId(node)
    const lands =
      machine === undefined || machine in fragment.nodes || landing(machine) !== undefined
    if (!lands) continue
    const fresh = freeNodeId(design, id.replace(/-[0-9]+$/, '').slice(0, 34), taken)
    taken.add(fresh)
    ids.set(id, fresh)
  }
  const names = new Set(
    Object.values(design.nodes).map((node) => `${hostId(node) ?? ''}/${text(node['name'])}`),
  )
  const edit = {
    nodes: { added: {} as Record<string, Fields> },
    interfaces: { added: {} as Record<string, Fields> },
    links: { added: {} as Record<string, Fields> },
    checks: { added: {} as Record<string, Fields> },
  }
  const renamed = (interfaceId: string): string | undefined => {
    const node = ids.get(nodeOf(interfaceId))
    return node === undefined ? undefined : `${node}:${keyOf(interfaceId)}`
  }
  for (const [id, fresh] of ids) {
    const node = fragment.nodes[id]
    if (!node) continue
    const machine = hostId(node)
    const lands = machine === undefined ? undefined : (ids.get(machine) ?? landing(machine))
    const values = filled(specs, node.kind, {
      ...node,
      ...(lands === undefined ? {} : { host: lands }),
      ...redirected(node, renamed),
    })
    if ('mac' in values) values['mac'] = null
    const name = text(values['name'])
    if (name && node.kind !== 'nic' && names.has(`${lands ?? ''}/${name}`)) values['name'] = ''
    edit.nodes.added[fresh] = values
  }
  for (const [id, record] of Object.entries(fragment.interfaces)) {
    const fresh = renamed(id)
    if (fresh === undefined) continue
    // Names in the hypervisor's own namespace, where the original may have them.
    const kind = fragment.nodes[record.node]?.kind
    const onHostItself = kind === 'host' || kind === 'trunk'
    edit.interfaces.added[fresh] = {
      ...record,
      node: nodeOf(fresh),
      mac: null,
      ...(onHostItself ? { name: '' } : {}),
    }
  }
  for (const link of Object.values(fragment.links)) {
    const [a, b] = [renamed(text(link['a'])), renamed(text(link['b']))]
    if (a !== undefined && b !== undefined) edit.links.added[`${a}~${b}`] = { ...link, a, b }
  }
  for (const check of Object.values(fragment.checks ?? {})) {
    const [source, target] = [ids.get(check.source), ids.get(check.target)]
    if (source === undefined || target === undefined) continue
    const id = checkId(design, source, target, edit.checks.added)
    edit.checks.added[id] = { ...check, source, target }
  }
  let whole: Edit = edit
  let now = apply(design, whole)
  for (const { inside, outside, label } of fragment.leaving) {
    const mine = renamed(inside)
    const other = now.nodes[nodeOf(outside)]
    if (mine === undefined || !(mine in now.interfaces) || !other) continue
    if (specs[other.kind]?.takes_interfaces !== 'ports') {
      dropBare(specs, whole, now, mine)
      now = apply(design, whole)
      continue
    }
    const node = now.nodes[nodeOf(mine)]
    const apart = other.kind !== 'segment' && hostId(node) !== hostId(other)
    if (apart) continue
    // Which VLANs a trunk carries is not for a copy to change.
    if (other.kind === 'trunk' && freeVlan(now, nodeOf(outside)) === undefined) {
      dropBare(specs, whole, now, mine)
      now = apply(design, whole)
      continue
    }
    const made = connect(
      now,
      specs,
      { node: nodeOf(mine), interface: mine },
      { node: nodeOf(outside) },
    )
    const link = made.edit.links?.added?.[made.id]
    if (link) link['label'] = label
    whole = merge(whole, made.edit)
    now = apply(now, made.edit)
    const joined = isVlanAware(other) ? sameVlans(now, outside, made.edit) : {}
    whole = merge(whole, joined)
    now = apply(now, joined)
  }
  return { edit: whole, ids }
}

/** A copy on a VLAN-aware bridge joins the VLANs of its original, not the ones proposed. */
function sameVlans(now: Design, original: string, made: Edit): Edit {
  const record = now.interfaces[original]
  const port = Object.keys(made.interfaces?.added ?? {}).find(
    (id) => nodeOf(id) === nodeOf(original),
  )
  if (!record || port === undefined) return {}
  return setFields(now, [ref('interfaces', port)], {
    vlan: record.vlan,
    tagged: record.tagged,
  })
}

/** A copied port whose cable did not come along would only lie about. */
function dropBare(specs: KindSpecs, edit: Edit, now: Design, id: string): void {
  if (isBare(now, specs, id)) delete edit.interfaces?.added?.[id]
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

