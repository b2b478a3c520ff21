/**
 * The panels around the canvas, as the shell (src/app) places them:
 *
 * LabsPage          the whole page at `/`            HypervisorsPage   the whole page at `/hypervisors`
 * Inspector, FindingsList    tabs of the right column (scrolling, full height)
 * Outline           tab of the left column
 * DeployDrawer, RevisionsDrawer   below the canvas while ui.drawer names them
 * ConnectDialog, PlacementDialog, KeyboardHelp   always mounted; open while ui.dialog names them
 */

const nothing = (): null => null

export {
  nothing as Outline,
  nothing as RevisionsDrawer,
  nothing as ConnectDialog,
  nothing as PlacementDialog,
  nothing as KeyboardHelp,
}
export { LabsPage } from './labs/LabsPage.tsx'
export { HypervisorsPage } from './hypervisors/HypervisorsPage.tsx'
export { DeployDrawer } from './deploy/DeployDrawer.tsx'
export { DestroyDialog } from './deploy/DestroyDialog.tsx'
export { FindingsList } from './findings/FindingsList.tsx'
export { Inspector } from './inspector/Inspector.tsx'
