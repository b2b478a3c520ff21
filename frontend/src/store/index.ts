/**
 * The store: everything that canvas, panels and shell know and can do. Import from here only.
 *
 * Reading (hooks; each draws again only when its answer changes)
 *   useNode(id) useInterface(id) useLink(id) useRecord(ref)   one record, every field filled
 *   useInterfacesOf(nodeId)      ids of its interfaces, in natural order
 *   useDesign() useIndex()       the whole design; look-ups interfacesOf, linksAt, onHost
 *   useSelection() useIsSelected(ref)      refs such as "nodes/br0", "links/…", "interfaces/c1:eth0"
 *   useFindings() useFindingsAt(ref)       what the rules say
 *   useStatus(ref) useLinkStatus(id, link) useStatusCounts()   what was observed
 *   useKind(kind)                the server's description: title, help, fields; also "interface", "link"
 *   useUi(ui => ui.drawer)       which panels are open; change with actions.setUi({…})
 *   useStore(state => …)         the rest: lab, connection, lostAt, deployment, placement, hypervisors,
 *                                people (presence), refusals, pending, undo, redo, revision, me, looks
 *   get()                        the same outside of React
 *
 * Doing (`actions.…`; each is one step of undo, shown at once, sent, and refused in words)
 *   editField(ref, field, value) editFields(refs, {field: value})
 *   addNode(kind, {host?, fields?, look?}) → id   addInterface(nodeId, fields?) → id
 *   connect({node, interface?}, {node, interface?}) → link id   addConnected(kind, from, {host?, look?})
 *   reconnect(linkId, stayingInterfaceId, to)   remove(refs) removeSelected()
 *   moveToHost(nodeIds, hostId, looks?)   move(looksPatch)   edit(label, edit)
 *   copy(refs?) cut() paste() duplicate(refs?)   undo() redo()
 *   select(refs) toggleSelected(ref) selectAll() selectNone()
 *   focusOn(ref)                 selects it, opens the inspector, pans the canvas to it
 *   openConnect({node, interface?})        the "connect to…" dialog
 *   renameLab(name) deploy('deploy'|'destroy'|'plan') applyDeployment(id) cancelDeployment(id)
 *   savePlacement({hostId: hypervisorId})
 *   reapplyRefusal(editId) dismissRefusal(editId)   the ways on after "stale"
 *   setUi({left, right, drawer, dialog, …})
 *
 * Saying: notify(level, title, message?) is a toast; announce(text) only the live region.
 * Joining: whyNot(design, from, to) gives the reason in words, candidates(design, from) the ids.
 * HTTP: http.get<T>('/api/…'), post, put, patch, delete, text; refusals are ApiError.
 */

export { actions, hostForNew } from './actions.ts'
export type { NewNode } from './actions.ts'
export * from './hooks.ts'
export * from './notices.ts'
export { get, setUi, useStore } from './state.ts'
export type { Blocked, Connection, Data, LabInfo, Refusal, Step, Ui } from './state.ts'
export {
  linkStatus,
  statusCounts,
  statuses,
  useLinkStatus,
  useStatus,
  useStatusCounts,
  worst,
} from './statuses.ts'
export { receive, sendPresence, setSend } from './sync.ts'
export { openLab, reset } from './session.ts'
export { ApiError, http } from '@/live/http.ts'
export { candidates, whyNot } from '@/model/connecting.ts'
export type { End } from '@/model/connecting.ts'
