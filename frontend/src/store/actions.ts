/** Everything a person can do to a lab, by whatever button, key or menu. */

import { actOnVm, actOnVms, askVm, cloneVm, dismissVmAction, powerSelected } from './acting.ts'
import { addCheck } from './checking.ts'
import { copy, cut, duplicate, paste } from './clipboard.ts'
import { closeConsole, openConsole } from './consoles.ts'
import {
  applyDeployment,
  cancelDeployment,
  deploy,
  loadPreflight,
  renameLab,
  runChecks,
  runPreflight,
  savePlacement,
} from './deploying.ts'
import {
  addConnected,
  addInterface,
  addNode,
  connect,
  edit,
  editField,
  editFields,
  move,
  moveToHost,
  reconnect,
  remove,
} from './editing.ts'
import {
  focusOn,
  highlightVlan,
  openCheck,
  openConnect,
  select,
  selectAll,
  toggleSelected,
} from './looking.ts'
import { plug } from './plugging.ts'
import { get, setUi } from './state.ts'
import { dismissRefusal, reapplyRefusal } from './sync.ts'
import { redo, undo } from './undo.ts'

export const actions = {
  editField,
  editFields,
  addNode,
  addInterface,
  addConnected,
  addCheck,
  connect,
  reconnect,
  plug,
  remove,
  removeSelected: (): void => remove([...get().selection]),
  moveToHost,
  move,
  edit,
  copy,
  cut,
  paste,
  duplicate,
  undo,
  redo,
  select,
  toggleSelected,
  selectAll,
  selectNone: (): void => select([]),
  focusOn,
  openConnect,
  openCheck,
  highlightVlan,
  openConsole,
  closeConsole,
  setUi,
  renameLab,
  deploy,
  applyDeployment,
  cancelDeployment,
  savePlacement,
  runChecks,
  runPreflight,
  loadPreflight,
  actOnVm,
  actOnVms,
  askVm,
  cloneVm,
  powerSelected,
  dismissVmAction,
  dismissRefusal,
  reapplyRefusal,
} as const
