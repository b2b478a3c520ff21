/**
 * The panels around the canvas, as the shell (src/app) places them:
 *
 * LabsPage          the whole page at `/`            HypervisorsPage   the whole page at `/hypervisors`
 * ImagesPage        the whole page at `/images`
 * Inspector, FindingsList, ChecksPanel   tabs of the right column (scrolling, full height)
 * Outline           tab of the left column
 * DeployDrawer, RevisionsDrawer   below the canvas while ui.drawer names them
 * ConsoleDock       below the canvas while ui.consoles has any; ConsolePage shows one alone
 * ConnectDialog, PlacementDialog, DestroyDialog, VmDialog, KeyboardHelp   always mounted; open while
 *                   ui.dialog names them
 */

import './panels.css'
import './console/console.css'

export { ChecksPanel } from './checks/ChecksPanel.tsx'
export { ConsoleDock } from './console/ConsoleDock.tsx'
export { ConsolePage } from './console/ConsolePage.tsx'
export { ConnectDialog } from './dialogs/ConnectDialog.tsx'
export { KeyboardHelp } from './dialogs/KeyboardHelp.tsx'
export { PlacementDialog } from './dialogs/PlacementDialog.tsx'
export { DeployDrawer } from './deploy/DeployDrawer.tsx'
export { VmDialog } from './vm/VmDialog.tsx'
export { DestroyDialog } from './deploy/DestroyDialog.tsx'
export { FindingsList } from './findings/FindingsList.tsx'
export { RevisionsDrawer } from './history/RevisionsDrawer.tsx'
export { HypervisorsPage } from './hypervisors/HypervisorsPage.tsx'
export { ImagesPage } from './images/ImagesPage.tsx'
export { Inspector } from './inspector/Inspector.tsx'
export { LabsPage } from './labs/LabsPage.tsx'
export { Outline } from './outline/Outline.tsx'
