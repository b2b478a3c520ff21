/** What a check may begin and end at, as a list to choose from. */

import { CHECK_SOURCES } from '@/model/checking.ts'
import type { Design, Kind } from '@/model/records.ts'
import { hostId, natural, titleOf } from '@/model/records.ts'

export interface Choice {
  value: string
  label: string
}

export const sources = (design: Design): Choice[] =>
  choices(design, (kind) => CHECK_SOURCES.includes(kind))
export const targets = (design: Design): Choice[] => choices(design, () => true)

function choices(design: Design, fits: (kind: Kind) => boolean): Choice[] {
  return Object.entries(design.nodes)
    .filter(([, node]) => fits(node.kind))
    .map(([id, node]) => {
      const host = hostId(node)
      const where = host === undefined ? '' : ` on ${titleOf(host, design.nodes[host])}`
      return { value: id, label: `${titleOf(id, node)} (${node.kind}${where})` }
    })
    .sort((one, other) => natural(one.label, other.label))
}
