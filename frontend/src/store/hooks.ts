/** What panels and canvas read. Each hook draws again only when its own answer changes. */

import { useMemo } from 'react'
import { useShallow } from 'zustand/react/shallow'
import type { Finding } from '@/live/messages.ts'
import type { Index } from '@/model/index-of.ts'
import { indexOf } from '@/model/index-of.ts'
import type { KindSpec } from '@/model/kinds.ts'
import type {
  CheckRecord,
  Design,
  Fields,
  InterfaceRecord,
  LinkRecord,
  NodeRecord,
  Ref,
} from '@/model/records.ts'
import { recordAt } from '@/model/records.ts'
import type { Ui } from './state.ts'
import { useStore } from './state.ts'

const NO_IDS: readonly string[] = []
const NO_FINDINGS: readonly Finding[] = []

export const useDesign = (): Design => useStore((state) => state.design)
export const useNode = (id: string): NodeRecord | undefined =>
  useStore((state) => state.design.nodes[id])
export const useInterface = (id: string): InterfaceRecord | undefined =>
  useStore((state) => state.design.interfaces[id])
export const useLink = (id: string): LinkRecord | undefined =>
  useStore((state) => state.design.links[id])
export const useCheck = (id: string): CheckRecord | undefined =>
  useStore((state) => state.design.checks[id])
export const useRecord = (at: Ref): Fields | undefined =>
  useStore((state) => recordAt(state.design, at))

/** Ids of a node's interfaces, in natural order. */
export const useInterfacesOf = (node: string): readonly string[] =>
  useStore(useShallow((state) => indexOf(state.design).interfacesOf.get(node) ?? NO_IDS))

/** Look-ups over the whole design: interfacesOf, linksAt, onHost, checksAt. */
export function useIndex(): Index {
  const design = useDesign()
  return useMemo(() => indexOf(design), [design])
}

export const useSelection = (): ReadonlySet<Ref> => useStore((state) => state.selection)
export const useIsSelected = (at: Ref): boolean => useStore((state) => state.selection.has(at))

export const useFindings = (): readonly Finding[] => useStore((state) => state.findings)
/** Findings at a record, in the server's order. */
export const useFindingsAt = (at: Ref): readonly Finding[] =>
  useStore((state) => state.findingsAt.get(at) ?? NO_FINDINGS)

export const useKind = (kind: string): KindSpec | undefined =>
  useStore((state) => state.kinds[kind])

export const useUi = <T>(choose: (ui: Ui) => T): T => useStore((state) => choose(state.ui))
