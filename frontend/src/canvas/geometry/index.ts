/** The geometry of the canvas; import from here. */

export { badgesOf } from './badges.ts'
export { along, arrowOf, arrowTo, sees } from './checks.ts'
export type { Arrow } from './checks.ts'
export * from './finding.ts'
export { curve, endsOf, roomOf } from './lines.ts'
export type { Ends } from './lines.ts'
export { dragged, sceneOf } from './scene.ts'
export * from './shapes.ts'
