/**
 * The kinds of record as the server describes them (`GET /api/kinds`): one description drives the
 * parser, the inspector and what a new record starts with.
 */

import type { components } from '@/generated/types.ts'
import type { Fields, Json, Kind } from './records.ts'

type Schemas = components['schemas']

export type FieldSpec = Omit<Schemas['KindField'], 'default' | 'schema_' | 'schema'> & {
  default: Json
  schema: Record<string, Json>
}

export type TakesInterfaces = 'none' | 'ports' | 'stack' | 'guest' | 'single'

export type KindSpec = Omit<Schemas['Kind'], 'fields' | 'takes_interfaces'> & {
  takes_interfaces: TakesInterfaces
  fields: FieldSpec[]
}

/** By kind, with "interface", "link" and "check" beside the nodes'. */
export type KindSpecs = Readonly<Record<string, KindSpec>>

export const byKind = (specs: readonly KindSpec[]): KindSpecs =>
  Object.fromEntries(specs.map((spec) => [spec.kind, spec]))

/** Defaults are lists at most; cloning every text and number would cost more than the rest. */
const fresh = (value: Json): Json =>
  typeof value === 'object' && value !== null ? structuredClone(value) : value

/** A record with every field at its default, then as given. */
export function filled(
  specs: KindSpecs,
  kind: Kind | 'interface' | 'link' | 'check',
  given: Fields,
): Fields {
  const isNode = kind !== 'interface' && kind !== 'link' && kind !== 'check'
  const values: Fields = isNode ? { kind } : {}
  for (const field of specs[kind]?.fields ?? [])
    if (!field.required) values[field.name] = fresh(field.default)
  return { ...values, ...given }
}
