/** Look-ups over one design, made once per design object and table. */

import type { CheckRecord, Design, InterfaceRecord, LinkRecord, NodeRecord } from './records.ts'
import { hostId, natural } from './records.ts'

export interface Index {
  /** Ids of a node's interfaces, in natural order. */
  interfacesOf: ReadonlyMap<string, readonly string[]>
  /** Ids of the links at an interface. More than one is a fault that a rule names. */
  linksAt: ReadonlyMap<string, readonly string[]>
  /** Ids of the nodes on a host. */
  onHost: ReadonlyMap<string, readonly string[]>
  /** Ids of the checks that begin or end at a node. */
  checksAt: ReadonlyMap<string, readonly string[]>
}

const kept = new WeakMap<object, ReadonlyMap<string, readonly string[]>>()

function once(
  key: object,
  make: () => ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  let found = kept.get(key)
  if (!found) {
    found = make()
    kept.set(key, found)
  }
  return found
}

function gather<R>(
  records: Readonly<Record<string, R>>,
  keysOf: (record: R) => readonly (string | undefined)[],
): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [id, record] of Object.entries(records))
    for (const key of keysOf(record)) {
      if (key === undefined) continue
      const list = found.get(key)
      if (list) list.push(id)
      else found.set(key, [id])
    }
  return found
}

export function indexOf(design: Design): Index {
  return {
    interfacesOf: once(design.interfaces, () => {
      const found = gather(design.interfaces, (one: InterfaceRecord) => [one.node])
      for (const list of found.values()) if (list.length > 1) list.sort(natural)
      return found
    }),
    linksAt: once(design.links, () => gather(design.links, (one: LinkRecord) => [one.a, one.b])),
    onHost: once(design.nodes, () => gather(design.nodes, (one: NodeRecord) => [hostId(one)])),
    checksAt: once(design.checks, () =>
      gather(design.checks, (one: CheckRecord) => [one.source, one.target]),
    ),
  }
}

/** The interface at the other end of a link. */
export const otherEnd = (link: LinkRecord, interfaceId: string): string =>
  link.a === interfaceId ? link.b : link.a
