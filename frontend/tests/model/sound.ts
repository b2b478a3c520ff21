import { expect } from 'vitest'
import type { Design } from '@/model/records.ts'

/** Every reference leads somewhere: what the server would refuse otherwise. */
export function sound(design: Design): void {
  for (const [id, node] of Object.entries(design.nodes))
    if (node['host'] !== undefined)
      expect(design.nodes[node['host'] as string]?.kind, `host of ${id}`).toBe('host')
  for (const [id, one] of Object.entries(design.interfaces)) {
    expect(design.nodes, `node of ${id}`).toHaveProperty([one.node])
    expect(id.startsWith(`${one.node}:`)).toBe(true)
  }
  for (const link of Object.values(design.links))
    for (const end of [link.a, link.b]) expect(design.interfaces).toHaveProperty([end])
  for (const [id, check] of Object.entries(design.checks))
    for (const end of [check.source, check.target])
      expect(design.nodes, `end of ${id}`).toHaveProperty([end])
}
