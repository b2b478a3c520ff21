/** Two people who add at once: the later one's records get other ids. */

import type { Design, Json } from './records.ts'
import { keyOf, nodeOf } from './records.ts'
import { adding, freeKey, freeNodeId } from './building.ts'
import { checkId } from './checking.ts'
import type { Edit } from './edits.ts'
import { apply } from './edits.ts'
import { redirected } from './forwards.ts'

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

/**
 * Gives added nodes other ids where someone else was quicker with the same: two people who add a
 * bridge at once both get one. Undefined when nothing is to be renamed.
 */
export function renameTaken(design: Design, edit: Edit): Edit | undefined {
  const added = edit.nodes?.added ?? {}
  const taken = new Set(Object.keys(added))
  const renames = new Map<string, string>()
  for (const id of Object.keys(added))
    if (id in design.nodes && !(id in (edit.nodes?.removed ?? {}))) {
      const fresh = freeNodeId(design, id.replace(/-[0-9]+$/, '').slice(0, 34), taken)
      taken.add(fresh)
      renames.set(id, fresh)
    }
  const ports = new Map<string, string>()
  let now = design
  for (const [id, values] of Object.entries(edit.interfaces?.added ?? {})) {
    const node = renames.get(nodeOf(id))
    if (node !== undefined) ports.set(id, `${node}:${keyOf(id)}`)
    else if (id in design.interfaces && !(id in (edit.interfaces?.removed ?? {}))) {
      const kind = now.nodes[nodeOf(id)]?.kind
      if (!kind || kind === 'nic') continue
      const fresh = `${nodeOf(id)}:${freeKey(now, nodeOf(id), kind)}`
      now = apply(now, adding('interfaces', fresh, values))
      ports.set(id, fresh)
    }
  }
  const checks = Object.keys(edit.checks?.added ?? {}).filter(
    (id) => id in design.checks && !(id in (edit.checks?.removed ?? {})),
  )
  if (!renames.size && !ports.size && !checks.length) return undefined
  const node = (id: Json | undefined): Json => renames.get(text(id)) ?? id ?? null
  const port = (id: Json | undefined): string => ports.get(text(id)) ?? text(id)
  const result: Edit = structuredClone(edit)
  if (result.nodes?.added)
    result.nodes.added = Object.fromEntries(
      Object.entries(added).map(([id, values]) => [
        renames.get(id) ?? id,
        {
          ...values,
          ...('host' in values ? { host: node(values['host']) } : {}),
          ...redirected(values, port),
        },
      ]),
    )
  for (const fields of Object.values(result.nodes?.changed ?? {})) {
    const change = fields['forwards']
    if (change) change[1] = redirected({ forwards: change[1] }, port)['forwards'] ?? change[1]
  }
  if (result.interfaces?.added)
    result.interfaces.added = Object.fromEntries(
      Object.entries(result.interfaces.added).map(([id, values]) => [
        port(id),
        { ...values, node: nodeOf(port(id)) },
      ]),
    )
  if (result.links?.added)
    result.links.added = Object.fromEntries(
      Object.entries(result.links.added).map(([id, values]) => {
        const [a, b] = [port(values['a']), port(values['b'])]
        return [a === values['a'] && b === values['b'] ? id : `${a}~${b}`, { ...values, a, b }]
      }),
    )
  if (result.checks?.added) {
    const moved: NonNullable<typeof result.checks.added> = {}
    for (const [id, values] of Object.entries(result.checks.added)) {
      const [source, target] = [text(node(values['source'])), text(node(values['target']))]
      const same = source === values['source'] && target === values['target']
      const stays = same && !checks.includes(id)
      moved[stays ? id : checkId(design, source, target, moved)] = { ...values, source, target }
    }
    result.checks.added = moved
  }
  return result
}
