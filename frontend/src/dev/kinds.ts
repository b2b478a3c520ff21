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

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

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
      title: text(one['title']),
      help: text(one['description']),
      unit: text(one['x-unit']),
      advanced: one['x-advanced'] === true,
      widget: text(one['x-widget']),
      section: '',
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

export const kindList: readonly KindSpec[] = [...KINDS, 'interface', 'link', 'check'].map(specOf)
export const kinds = byKind(kindList)
