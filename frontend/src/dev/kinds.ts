/** The kinds as `GET /api/kinds` gives them, read from the generated schema: never stale. */

import openapi from '@/generated/openapi.json'
import type { KindSpec, TakesInterfaces } from '@/model/kinds.ts'
import { byKind } from '@/model/kinds.ts'
import type { Json } from '@/model/records.ts'
import { KINDS } from '@/model/records.ts'

const TAKES: Readonly<Record<string, TakesInterfaces>> = {
  host: 'stack',
  nic: 'single',
  bridge: 'ports',
  network: 'ports',
  trunk: 'ports',
  vm: 'guest',
  container: 'stack',
  router: 'stack',
  segment: 'ports',
}
const TITLES: Readonly<Record<string, string>> = { nic: 'NIC', vm: 'VM' }

type Schema = Record<string, Json>

function specOf(kind: string): KindSpec {
  const name = kind.charAt(0).toUpperCase() + kind.slice(1)
  const schemas = openapi.components.schemas as unknown as Record<
    string,
    { description?: string; properties: Record<string, Schema> }
  >
  const schema = schemas[name]
  if (!schema) throw new Error(`The schema has no ${name}.`)
  const fields = Object.entries(schema.properties)
    .filter(([field]) => field !== 'kind')
    .map(([field, one]) => ({
      name: field,
      title: String(one['title'] as string),
      help: String((one['description'] ?? '') as string),
      unit: String((one['x-unit'] ?? '') as string),
      advanced: one['x-advanced'] === true,
      widget: String((one['x-widget'] ?? '') as string),
      default: one['default'] ?? null,
      required: !('default' in one),
      schema: one,
    }))
  return {
    kind,
    title: TITLES[kind] ?? name,
    help: schema.description ?? '',
    on_host: 'host' in schema.properties,
    takes_interfaces: TAKES[kind] ?? 'none',
    fields,
  }
}

export const kindList: readonly KindSpec[] = [...KINDS, 'interface', 'link'].map(specOf)
export const kinds = byKind(kindList)
