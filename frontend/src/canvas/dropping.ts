/** Where things land: nodes dragged over the canvas, items of the palette, ends of cables. */

import type { Kind, LooksPatch } from '@/model/records.ts'
import { ref, titleOf } from '@/model/records.ts'
import * as build from '@/model/building.ts'
import { apply, merge } from '@/model/edits.ts'
import { actions, get, notify } from '@/store/index.ts'
import { commit } from '@/store/sync.ts'
import type { Point, Scene } from './geometry/index.ts'
import { HEADER, PADDING, clamped, freePlace, hostAt, placing, snap } from './geometry/index.ts'
import { endDrag, local } from './local.ts'

/** The host that a dragged node would land on. */
export function landing(scene: Scene, id: string): string | undefined {
  const box = scene.boxes.get(id)
  if (!box || box.host === undefined) return undefined
  const { x, y } = placing(scene.boxes)(id)
  return hostAt(scene, { x: x + box.width / 2, y: y + box.height / 2 })
}

/** Commits what was dragged; `primary` is the node under the pointer. */
export function drop(primary: string): void {
  const { drag, scene, base } = local()
  const { looks, design } = get()
  const patch: LooksPatch = {}
  const at = placing(scene.boxes)
  const children = [...drag.keys()].filter((id) => scene.boxes.get(id)?.host !== undefined)
  const host = children.length
    ? landing(scene, scene.boxes.get(primary)?.host === undefined ? (children[0] ?? primary) : primary)
    : undefined
  if (children.length && host === undefined) {
    endDrag()
    const id = children[0] ?? primary
    notify(
      'info',
      `${titleOf(id, design.nodes[id])} stands on a host`,
      'Drop it inside a host; it went back to its place.',
    )
    return
  }
  for (const [id, to] of drag) {
    const box = base.boxes.get(id)
    if (!box) continue
    const look = looks[ref('nodes', id)]
    if (box.host === undefined) patch[ref('nodes', id)] = { ...look, x: snap(to.x), y: snap(to.y) }
    else if (host !== undefined) {
      const [corner, there] = [at(host), at(id)]
      patch[ref('nodes', id)] = {
        ...look,
        ...clamped({ x: there.x - corner.x, y: there.y - corner.y }),
      }
    }
  }
  const leaving = host === undefined ? [] : children.filter((id) => base.boxes.get(id)?.host !== host)
  if (leaving.length && host !== undefined) actions.moveToHost(leaving, host, patch)
  else actions.move(patch, drag.size === 1 ? `Move ${titleOf(primary, design.nodes[primary])}` : 'Move')
  endDrag()
}

/** Puts a new node where an item of the palette was let go. */
export function place(kind: Kind, point: Point): string | undefined {
  const { kinds, design } = get()
  const { base } = local()
  const size = { width: 176, height: 48 }
  if (!kinds[kind]?.on_host) {
    const corner =
      kind === 'host'
        ? { x: snap(point.x - 160), y: snap(point.y - HEADER / 2) }
        : { x: snap(point.x - size.width / 2), y: snap(point.y - size.height / 2) }
    return actions.addNode(kind, { look: corner })
  }
  const host = hostAt(base, point)
  if (host !== undefined) {
    const corner = placing(base.boxes)(host)
    if (base.boxes.get(host)?.collapsed === true) return actions.addNode(kind, { host })
    return actions.addNode(kind, {
      host,
      look: clamped({
        x: point.x - corner.x - size.width / 2,
        y: point.y - corner.y - size.height / 2,
      }),
    })
  }
  if (Object.values(design.nodes).some((node) => node.kind === 'host')) {
    notify('info', `A ${kinds[kind].title} stands on a host`, 'Drop it inside a host.')
    return undefined
  }
  return placeWithHost(kind, point)
}

/** The first node of an empty lab brings its host along, as one step. */
function placeWithHost(kind: Kind, point: Point): string {
  const { kinds, design } = get()
  const host = build.addNode(design, kinds, 'host')
  const made = build.addNode(apply(design, host.edit), kinds, kind, { host: host.id })
  commit(`Add ${made.id}`, merge(host.edit, made.edit), {
    [ref('nodes', host.id)]: { x: snap(point.x - 160), y: snap(point.y - 96) },
    [ref('nodes', made.id)]: { x: PADDING * 3, y: HEADER + 32 },
  })
  actions.select([ref('nodes', made.id)])
  return made.id
}

/** By keyboard: onto the selected host, at a free place. */
export function placeFree(kind: Kind, host: string | undefined): string | undefined {
  const { kinds, design } = get()
  const { base } = local()
  const onHost = kinds[kind]?.on_host === true
  if (onHost && host === undefined) {
    if (!Object.values(design.nodes).some((node) => node.kind === 'host'))
      return placeWithHost(kind, { x: 160, y: 96 })
    return actions.addNode(kind)
  }
  return actions.addNode(kind, {
    ...(host === undefined ? {} : { host }),
    look: freePlace(base, onHost ? host : undefined, kind),
  })
}
