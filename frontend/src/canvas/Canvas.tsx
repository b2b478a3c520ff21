/** The canvas: React Flow as a projection of the store. Nothing that it shows is kept by it. */

import type { ReactElement } from 'react'
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type {
  Connection,
  EdgeChange,
  FinalConnectionState,
  IsValidConnection,
  NodeChange,
  OnConnectStart,
  OnMove,
  OnNodeDrag,
} from '@xyflow/react'
import {
  Background,
  BackgroundVariant,
  ConnectionMode,
  ReactFlow,
  ReactFlowProvider,
  SelectionMode,
  useReactFlow,
} from '@xyflow/react'
import type { LooksPatch, Ref } from '@/model/records.ts'
import { ref } from '@/model/records.ts'
import * as build from '@/model/building.ts'
import { apply } from '@/model/edits.ts'
import { actions, get, statuses, useStore, whyNot } from '@/store/index.ts'
import { Cable } from './Cable.tsx'
import { CheckDialog } from './CheckDialog.tsx'
import { CheckEdge } from './CheckEdge.tsx'
import { ConnectMenu } from './ConnectMenu.tsx'
import { ContextMenu } from './ContextMenu.tsx'
import { Device } from './Device.tsx'
import { areCrowded } from './crowd.ts'
import { DrawingChecks } from './DrawingChecks.tsx'
import { drop, landing } from './dropping.ts'
import { EmptyState } from './EmptyState.tsx'
import { GRID, hostAt, nodeAt, snap } from './geometry/index.ts'
import { Host } from './Host.tsx'
import {
  endDrag,
  endOfHandle,
  followStore,
  local,
  setDrag,
  setLocal,
  startConnecting,
  useLocal,
} from './local.ts'
import type { Viewport } from './local.ts'
import { Minimap } from './Minimap.tsx'
import { Overview } from './Overview.tsx'
import { Presence, useSendPresence } from './Presence.tsx'
import type { CanvasEdge, CanvasNode } from './projection.ts'
import { Projection, refOfEdge } from './projection.ts'
import { PlugBar } from './PlugBar.tsx'
import { SelectionBar } from './SelectionBar.tsx'
import { Legend } from './Legend.tsx'
import { Toolbar } from './Toolbar.tsx'
import { VlanBar } from './VlanBar.tsx'
import { LEAST_ZOOM, MOST_ZOOM, everything, fitting, keepInView, registerView, view } from './view.ts'

const nodeTypes = { device: Device, host: Host }
const edgeTypes = { cable: Cable, check: CheckEdge }

/** Below this zoom, and with more nodes than this, contents are drawn on one canvas. */
const FAR = 0.35
/** The same in a crowded lab, where more lines than names would be drawn one by one. */
const FAR_CROWDED = 0.48
/** So much nearer one has to come again for single nodes. */
const BACK = 0.03
const MANY = 150

export function Canvas(): ReactElement {
  const wrapper = useRef<HTMLDivElement>(null)
  const [start, setStart] = useState<Viewport | null>(null)
  useLayoutEffect(() => followStore(), [])
  // Where to look, and from how far, is settled before React Flow mounts anything.
  useLayoutEffect(() => {
    const element = wrapper.current
    if (!element) return
    const viewport = startingView(element.clientWidth || 1200, element.clientHeight || 800)
    element.dataset['zoom'] = zoomClass(viewport.zoom)
    setLocal({ far: isFar(viewport.zoom, false) })
    setStart(viewport)
  }, [])
  return (
    <div className="tl-canvas" ref={wrapper} data-testid="canvas">
      <CheckDialog />
      {start ? (
        <ReactFlowProvider>
          <Flow start={start} wrapper={wrapper} />
        </ReactFlowProvider>
      ) : null}
    </div>
  )
}

function startingView(width: number, height: number): Viewport {
  const area = everything()
  return area
    ? fitting(area, width, height)
    : { x: width / 2 - 320, y: height / 2 - 200, zoom: 1 }
}

const isFar = (zoom: number, was: boolean): boolean =>
  local().base.boxes.size > MANY &&
  zoom < (areCrowded(get().design) ? FAR_CROWDED : FAR) + (was ? BACK : 0)

function zoomClass(zoom: number): string {
  return zoom < 0.5 ? 'small' : zoom < 0.85 ? 'middle' : 'large'
}

function Flow({
  start,
  wrapper,
}: {
  start: Viewport
  wrapper: React.RefObject<HTMLDivElement | null>
}): ReactElement {
  const projection = useMemo(() => new Projection(), [])
  const scene = useLocal((state) => state.scene)
  const far = useLocal((state) => state.far)
  const design = useStore((state) => state.design)
  const kinds = useStore((state) => state.kinds)
  const selection = useStore((state) => state.selection)
  const snapping = useStore((state) => state.ui.snap)
  const minimap = useStore((state) => state.ui.minimap)
  const legend = useStore((state) => state.ui.legend)
  const withChecks = useStore((state) => state.ui.checks)
  const checking = useStore((state) => state.ui.tool === 'check')
  const empty = useStore((state) => state.ready && Object.keys(state.design.nodes).length === 0)
  const crowded = useStore((state) => areCrowded(state.design))
  const connecting = useLocal((state) => state.connecting !== null)
  const overlay = useRef<HTMLDivElement>(null)
  const dragging = useRef(false)
  const flow = useReactFlow<CanvasNode, CanvasEdge>()

  const nodes = useMemo(
    () => projection.nodesOf(scene, design, kinds, selection, far),
    [projection, scene, design, kinds, selection, far],
  )
  const edges = useMemo(
    () => [
      ...projection.edgesOf(scene, selection, far),
      ...projection.checksOf(scene, selection, withChecks && !far),
    ],
    [projection, scene, selection, far, withChecks],
  )

  useEffect(() => {
    const element = wrapper.current
    if (!element) return undefined
    registerView(flow, element)
    const stop = keepInView(element)
    return () => {
      stop()
      registerView(undefined, undefined)
    }
  }, [flow, wrapper])

  useEffect(() => {
    if (wrapper.current) wrapper.current.dataset['crowded'] = String(crowded)
  }, [crowded, wrapper])

  useEffect(
    () =>
      useStore.subscribe(
        (state) => state.focus,
        (focus) => {
          if (focus) view.centre(focus.ref)
        },
      ),
    [],
  )

  const cover = useCallback((on: boolean) => {
    if (overlay.current) overlay.current.hidden = !on
    const element = wrapper.current
    if (element && element.dataset['moving'] !== String(on)) element.dataset['moving'] = String(on)
  }, [wrapper])

  // ---- changes that React Flow asks for ----

  const onNodesChange = useCallback((changes: NodeChange<CanvasNode>[]) => {
    let moves: Map<string, { x: number; y: number }> | undefined
    const selected: [Ref, boolean][] = []
    for (const change of changes) {
      if (change.type === 'position' && change.position) {
        moves ??= new Map(local().drag)
        moves.set(change.id, change.position)
      } else if (change.type === 'select') selected.push([ref('nodes', change.id), change.selected])
    }
    if (selected.length) reselect(selected)
    if (!moves) return
    if (dragging.current) {
      setDrag(moves)
      return
    }
    // Not a drag: the arrow keys.
    const { looks } = get()
    const patch: LooksPatch = {}
    for (const [id, to] of moves)
      patch[ref('nodes', id)] = { ...looks[ref('nodes', id)], x: snap(to.x), y: snap(to.y) }
    actions.move(patch)
  }, [])

  const onEdgesChange = useCallback((changes: EdgeChange<CanvasEdge>[]) => {
    const selected = changes.flatMap((change): [Ref, boolean][] =>
      change.type === 'select' ? [[refOfEdge(change.id), change.selected]] : [],
    )
    if (selected.length) reselect(selected)
  }, [])

  // ---- dragging ----

  const begin = useCallback(() => {
    dragging.current = true
    cover(true)
  }, [cover])
  const onNodeDrag: OnNodeDrag<CanvasNode> = useCallback((_, node) => {
    const { scene: shown } = local()
    const host = landing(shown, node.id)
    const target = host !== undefined && host !== shown.boxes.get(node.id)?.host ? host : null
    if (target !== local().target) setLocal({ target })
  }, [])
  const finish = useCallback(
    (primary: string | undefined) => {
      dragging.current = false
      cover(false)
      setLocal({ target: null })
      if (primary !== undefined && local().drag.size) drop(primary)
      else endDrag()
    },
    [cover],
  )

  // ---- connecting ----

  const onConnectStart: OnConnectStart = useCallback((_, { nodeId, handleId }) => {
    if (nodeId !== null) startConnecting(endOfHandle(nodeId, handleId), reconnecting)
  }, [])
  const isValid: IsValidConnection<CanvasEdge> = useCallback((connection) => {
    const from = endOfHandle(connection.source, connection.sourceHandle)
    const to = endOfHandle(connection.target, connection.targetHandle)
    return whyNot(reconnecting ?? get().design, from, to) === undefined
  }, [])
  const onConnect = useCallback((connection: Connection) => {
    actions.connect(
      endOfHandle(connection.source, connection.sourceHandle),
      endOfHandle(connection.target, connection.targetHandle),
    )
  }, [])
  const onConnectEnd = useCallback(
    (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
      const { connecting: under } = local()
      setLocal({ connecting: null })
      // The end of a link that is being moved: onReconnectEnd comes next and deals with it.
      if (reconnecting !== undefined || state.isValid === true || !under) return
      const point = pointerOf(event)
      const node = nodeUnder(point) ?? state.toNode?.id
      if (node === under.from.node) return
      const plane = flow.screenToFlowPosition(point, { snapToGrid: false })
      if (node !== undefined) actions.connect(under.from, { node })
      else
        setLocal({
          menu: {
            from: under.from,
            host: hostAt(local().base, plane),
            at: plane,
            screen: point,
          },
        })
    },
    [flow],
  )
  const onReconnectStart = useCallback((_: React.MouseEvent, edge: CanvasEdge) => {
    const { design: now, kinds: specs } = get()
    const link = now.links[edge.id]
    if (!link) return
    reconnecting = apply(
      now,
      build.remove(now, specs, [ref('links', edge.id)], new Set([link.a, link.b])),
    )
  }, [])
  const onReconnectEnd = useCallback(
    (event: MouseEvent | TouchEvent, edge: CanvasEdge, _: unknown, state: FinalConnectionState) => {
      reconnecting = undefined
      setLocal({ connecting: null })
      const staying = state.fromHandle?.id
      if (staying === null || staying === undefined || staying.startsWith('link:')) return
      const to =
        state.isValid === true && state.toNode
          ? endOfHandle(state.toNode.id, state.toHandle?.id)
          : { node: nodeUnder(pointerOf(event)) ?? '' }
      const link = get().design.links[edge.id]
      if (!to.node || !link || to.node === state.fromNode?.id) return
      if (to.interface === link.a || to.interface === link.b) return
      if (to.interface === undefined && [link.a, link.b].some((end) => end !== staying && end.startsWith(`${to.node}:`)))
        return
      const made = actions.reconnect(edge.id, staying, to)
      if (made !== undefined) actions.select([ref('links', made)])
    },
    [],
  )

  // ---- looking ----

  const onMove: OnMove = useCallback(
    (event, { zoom }) => {
      if (event && !(event instanceof WheelEvent)) cover(true)
      const next = isFar(zoom, local().far)
      if (next !== local().far) setLocal({ far: next })
      const element = wrapper.current
      const name = zoomClass(zoom)
      if (element && element.dataset['zoom'] !== name) element.dataset['zoom'] = name
    },
    [cover, wrapper],
  )
  const onMoveEnd = useCallback(() => {
    if (!dragging.current) cover(false)
  }, [cover])
  const onPaneClick = useCallback(
    (event: React.MouseEvent) => {
      const point = flow.screenToFlowPosition(
        { x: event.clientX, y: event.clientY },
        { snapToGrid: false },
      )
      const hit = nodeAt(local().scene, point)
      setLocal({ menu: null })
      if (hit === undefined) actions.selectNone()
      else if (event.shiftKey || event.ctrlKey || event.metaKey)
        actions.toggleSelected(ref('nodes', hit))
      else actions.select([ref('nodes', hit)])
    },
    [flow],
  )

  const sendPointer = useSendPresence()

  return (
    <ContextMenu>
      <ReactFlow<CanvasNode, CanvasEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        defaultViewport={start}
        minZoom={LEAST_ZOOM}
        maxZoom={MOST_ZOOM}
        onlyRenderVisibleElements
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onNodeDragStart={begin}
        onNodeDrag={onNodeDrag}
        onNodeDragStop={(_, node) => finish(node.id)}
        onSelectionDragStart={begin}
        onSelectionDragStop={(_, [first]) => finish(first?.id)}
        snapToGrid={snapping}
        snapGrid={SNAP}
        connectionMode={ConnectionMode.Loose}
        connectOnClick={false}
        connectionRadius={24}
        isValidConnection={isValid}
        onConnectStart={onConnectStart}
        onConnect={onConnect}
        onConnectEnd={onConnectEnd}
        onReconnect={nothing}
        onReconnectStart={onReconnectStart}
        onReconnectEnd={onReconnectEnd}
        reconnectRadius={9}
        onMove={onMove}
        onMoveEnd={onMoveEnd}
        onPaneClick={onPaneClick}
        onMouseMove={sendPointer}
        selectionMode={SelectionMode.Full}
        multiSelectionKeyCode={MULTI}
        deleteKeyCode={null}
        edgesFocusable={false}
        elevateNodesOnSelect={false}
        zIndexMode="manual"
        zoomOnDoubleClick={false}
        onNodeDoubleClick={onNodeDoubleClick}
        proOptions={PRO}
        className={connecting ? 'tl-connecting' : checking ? 'tl-checking' : ''}
        aria-label="Canvas of the lab"
      >
        <Background
          variant={BackgroundVariant.Dots}
          gap={GRID * 1.5}
          size={1.4}
          color="var(--tl-dots)"
          bgColor="var(--tl-canvas)"
        />
        {far ? <Overview /> : null}
        <Presence />
        <div className="tl-overlay" ref={overlay} hidden />
        <SelectionBar />
        <PlugBar />
        <DrawingChecks wrapper={wrapper} />
        <div className="tl-corner-left">
          <Toolbar />
          {legend ? <Legend /> : null}
          <VlanBar />
        </div>
        {minimap && !empty ? <Minimap /> : null}
        {empty ? <EmptyState /> : null}
        <ConnectMenu />
      </ReactFlow>
    </ContextMenu>
  )
}

const SNAP: [number, number] = [GRID, GRID]
const MULTI = ['Meta', 'Control', 'Shift']
const PRO = { hideAttribution: true }
const nothing = (): void => undefined

/** On a VM that is deployed: its console. */
function onNodeDoubleClick(_: unknown, node: CanvasNode): void {
  const vm = get().design.nodes[node.id]?.kind === 'vm'
  if (vm && statuses.get(ref('nodes', node.id))) actions.openConsole(node.id)
}

/** The design without the link whose end is being moved; what may be joined is asked of this. */
let reconnecting: ReturnType<typeof get>['design'] | undefined

function reselect(changes: readonly [Ref, boolean][]): void {
  const next = new Set(get().selection)
  for (const [at, on] of changes) {
    if (on) next.add(at)
    else next.delete(at)
  }
  // An interface is selected by its port alone; React Flow knows nothing of it.
  if (changes.some(([, on]) => on))
    for (const at of next) if (at.startsWith('interfaces/')) next.delete(at)
  actions.select(next)
}

function pointerOf(event: MouseEvent | TouchEvent): { x: number; y: number } {
  const at = 'changedTouches' in event ? event.changedTouches[0] : event
  return { x: at?.clientX ?? 0, y: at?.clientY ?? 0 }
}

/** The node, or the header of a host, that is drawn at a point of the window. */
function nodeUnder({ x, y }: { x: number; y: number }): string | undefined {
  const hit = document.elementFromPoint(x, y)
  const found = hit?.closest<HTMLElement>('[data-node], .react-flow__node')
  return found?.dataset['node'] ?? found?.dataset['id']
}

