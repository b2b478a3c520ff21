/** Labs so full of checks and VLANs that their ornaments are left to who looks closely. */

import type { Design } from '@/model/records.ts'
import { linkVlans } from '@/model/link-vlans.ts'

const MANY_CHECKS = 60
const MANY_STROKES = 200

export const areCrowded = (design: Design): boolean => {
  let crowded = kept.get(design)
  if (crowded === undefined) {
    crowded =
      Object.keys(design.checks).length > MANY_CHECKS || linkVlans(design).size > MANY_STROKES
    kept.set(design, crowded)
  }
  return crowded
}

const kept = new WeakMap<Design, boolean>()
