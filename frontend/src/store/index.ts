/**
 * The store: everything that canvas, panels and shell know and can do. Import from here only.
 *
 * Reading (hooks; each draws again only when its answer changes)
 *   useNode(id) useInterface(id) useLink(id) useCheck(id) useRecord(ref)   one record, every field filled
 *   useInterfacesOf(nodeId)      ids of its interfaces, in natural order
 *   useDesign() useIndex()       the whole design; look-ups interfacesOf, linksAt, onHost, checksAt
 *   useSelection() useIsSelected(ref)      refs such as "nodes/br0", "links/…", "interfaces/c1:eth0", "checks/…"
 *   useFindings() useFindingsAt(ref)       what the rules say
 *   useStatus(ref) useLinkStatus(id, link) useStatusCounts()   what was observed; of "checks/ID" the
 *                                answer (ok as expected, failed, applying = runs, unknown), its facts
 *                                {expect, address, sent, received, rtt_ms}; useCheckCounts() of all
 *   useUnapplied()               how many cables are drawn (un)plugged and were observed otherwise
 *   useKind(kind)                the server's description: title, help, fields; also "interface", "link", "check"
 *   useUi(ui => ui.drawer)       which panels are open; change with actions.setUi({…})
 *   useStore(state => …)         the rest: lab, connection, lostAt, deployment (with its preflight), preflight
 *                                (the last one run by itself), placement, hypervisors,
 *                                people (presence), refusals, pending, undo, redo, revision, me, looks
 *   get()                        the same outside of React
 *
 * Doing (`actions.…`; each is one step of undo, shown at once, sent, and refused in words)
 *   editField(ref, field, value) editFields(refs, {field: value})
 *   addNode(kind, {host?, fields?, look?}) → id   addInterface(nodeId, fields?) → id
 *   connect({node, interface?}, {node, interface?}) → link id   addConnected(kind, from, {host?, look?})
 *                                of a trunk or a VLAN-aware bridge with the VLAN that comes next
 *   addCheck({source, target, expect: 'reach'|'no-reach', address?, within?, label?}) → check id
 *   reconnect(linkId, stayingInterfaceId, to)   remove(refs) removeSelected()
 *   plug(refs, plugged?)         unplugs their cables, or plugs them in; without `plugged` the other way
 *   moveToHost(nodeIds, hostId, looks?)   move(looksPatch)   edit(label, edit)
 *   copy(refs?) cut() paste() duplicate(refs?)   undo() redo()
 *   select(refs) toggleSelected(ref) selectAll() selectNone()
 *   focusOn(ref)                 selects it, opens the inspector, pans the canvas to it
 *   openConnect({node, interface?})        the "connect to…" dialog
 *   openCheck(sourceId?, targetId?)        the "add check…" dialog; src/canvas draws it
 *   highlightVlan(vlan | null)   shows where a VLAN goes (ui.vlan); a second time, no longer
 *   renameLab(name) deploy('deploy'|'destroy'|'plan', {auto?, at_next_start?}?)
 *   applyDeployment(id) cancelDeployment(id)
 *   savePlacement({hostId: hypervisorId})
 *   runChecks(ids?)              now; the answers come as statuses
 *   runPreflight() loadPreflight()         probes alone, into `preflight`; the last one again
 *   openConsole(vmId, 'serial'|'graphics') closeConsole(key?)   tabs below the canvas (ui.consoles)
 *   askVm(id, action, snapshot?) after a question where something is lost; actOnVm(id, action) at once,
 *                                actOnVms(action, ids?) several or all; cloneVm(id); state.vmActions[id]
 *                                is the last of each VM
 *   reapplyRefusal(editId) dismissRefusal(editId)   the ways on after "stale"
 *   setUi({left, right, drawer, dialog, tool: 'cable'|'check', checks: drawn or not, vlan, …})
 *
 * Saying: notify(level, title, message?) is a toast; announce(text) only the live region.
 * Joining: whyNot(design, from, to) gives the reason in words, candidates(design, from) the ids.
 * Checks: whyNoCheck(design, source, target), checkTargets(design, source), checkTitle(design, check),
 *   addressesAt(design, node), EXPECT_WORDS; the answer in words is CHECK_WORDS[state] of src/icons.
 * VLANs: src/model/vlans.ts (idsOf, written, shown), src/model/passing.ts (passing(design)).
 * HTTP: http.get<T>('/api/…'), post, put, patch, delete, text; refusals are ApiError.
 */

export { actions } from './actions.ts'
export { hostForNew } from './editing.ts'
export type { NewNode } from './editing.ts'
export * from './hooks.ts'
export * from './notices.ts'
export { useUnapplied } from './plugging.ts'
export type { Unapplied } from './plugging.ts'
export type { ConsoleTab } from './consoles.ts'
export { get, setUi, useStore } from './state.ts'
export type { Blocked, Connection, Data, LabInfo, Refusal, Step, Ui } from './state.ts'
export {
  checkCounts,
  leasesOf,
  linkStatus,
  statusCounts,
  statuses,
  useCheckCounts,
  useLinkStatus,
  useStatus,
  useStatusCounts,
  worst,
} from './statuses.ts'
export { circumstances, isVm, selectedVms } from './acting.ts'
export { receive, sendPresence, setSend } from './sync.ts'
export { openLab, reset } from './session.ts'
export { ApiError, http } from '@/live/http.ts'
export {
  EXPECT_WORDS,
  addressesAt,
  checkTargets,
  checkTitle,
  whyNoCheck,
} from '@/model/checking.ts'
export type { Expect, NewCheck, Reachable } from '@/model/checking.ts'
export { candidates, whyNot } from '@/model/connecting.ts'
export type { End } from '@/model/connecting.ts'
