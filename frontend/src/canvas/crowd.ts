/** Labs so full of checks and VLANs that their ornaments are left to who looks closely. */

import type { Design } from '@/model/records.ts'
import { once } from '@/model/once.ts'
import { linkVlans } from '@/model/link-vlans.ts'

const MANY_CHECKS = 60
const MANY_STROKES = 200

export const areCrowded = once(
  (design: Design): boolean =>
    Object.keys(design.checks).length > MANY_CHECKS || linkVlans(design).size > MANY_STROKES,
)
