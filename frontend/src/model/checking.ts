/** Checks as they are drawn: from which node, to which, and what address is meant. */

import type { CheckRecord, Design, Fields, Json, Kind } from './records.ts'
import { interfaceTitle, titleOf } from './records.ts'
import type { Edit } from './edits.ts'
import type { KindSpecs } from './kinds.ts'
import { filled } from './kinds.ts'
import { indexOf } from './index-of.ts'

export type Expect = CheckRecord['expect']

/** Kinds that can send a ping: a namespace, a guest, the hypervisor itself. */
export const CHECK_SOURCES: readonly Kind[] = ['container', 'router', 'vm', 'host']

export const EXPECT_WORDS: Readonly<Record<Expect, string>> = {
  reach: 'must reach',
  'no-reach': 'must not reach',
}

/** An address that a check could mean, and where it is drawn. */
export interface Reachable {
  address: string
  where: string
}

const withoutPrefix = (address: string): string => address.split('/')[0] ?? address

/** The addresses that are drawn at a node, the one that an empty address means first. */
export function addressesAt(design: Design, node: string): Reachable[] {
  const record = design.nodes[node]
  const own: Reachable[] = texts(record?.['addresses']).map((address) => ({
    address: withoutPrefix(address),
    where: titleOf(node, record),
  }))
  const ports = (indexOf(design).interfacesOf.get(node) ?? []).flatMap((id) => {
    const one = design.interfaces[id]
    return (one?.addresses ?? []).map((address) => ({
      address: withoutPrefix(address),
      where: interfaceTitle(id, one),
    }))
  })
  return [...own, ...ports]
}

const texts = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []

/** Why no check can run from one to the other, in words for people; undefined when it can. */
export function whyNoCheck(design: Design, source: string, target: string): string | undefined {
  const [from, to] = [design.nodes[source], design.nodes[target]]
  if (!from || !to) return 'It is gone.'
  if (!CHECK_SOURCES.includes(from.kind))
    return `A check starts at a container, a router, a VM or a host; ${titleOf(source, from)} is none.`
  if (source === target) return 'A check goes from one node to another.'
  return undefined
}

/** The nodes that a check from this one can go to, those with an address drawn first. */
export function checkTargets(design: Design, source: string): string[] {
  const found = Object.keys(design.nodes).filter(
    (target) => whyNoCheck(design, source, target) === undefined,
  )
  const bare = (id: string): number => (addressesAt(design, id).length ? 0 : 1)
  return found.sort((one, other) => bare(one) - bare(other))
}

/** An id that says what is checked, so that a design file reads and diffs well. */
export function checkId(
  design: Design,
  source: string,
  target: string,
  taken: Readonly<Record<string, unknown>> = {},
): string {
  const stem = `${source}~${target}`
  for (let number = 1; ; number++) {
    const id = number === 1 ? stem : `${stem}~${number}`
    if (!(id in design.checks) && !(id in taken)) return id
  }
}

export interface NewCheck {
  source: string
  target: string
  expect: Expect
  /** Empty: the first address drawn at the target. */
  address?: string
  /** Seconds until an answer must have come. */
  within?: number
  label?: string
}

const WITHIN = 120

export function addCheck(
  design: Design,
  specs: KindSpecs,
  { source, target, expect, address = '', within = WITHIN, label = '' }: NewCheck,
): { id: string; edit: Edit } {
  const id = checkId(design, source, target)
  const given: Fields = { source, target, address, expect, within, label }
  return { id, edit: { checks: { added: { [id]: filled(specs, 'check', given) } } } }
}

/** One line for people: "web must reach db (10.0.0.2)". */
export function checkTitle(design: Design, check: CheckRecord): string {
  const [source, target] = [check.source, check.target].map((id) => titleOf(id, design.nodes[id]))
  const address = check.address || addressesAt(design, check.target)[0]?.address
  const words = `${source} ${EXPECT_WORDS[check.expect]} ${target}`
  return address === undefined ? words : `${words} (${address})`
}
