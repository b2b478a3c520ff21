/** What every input of the inspector is given. */

import type { FieldSpec } from '@/model/kinds.ts'
import type { Json } from '@/model/records.ts'

export interface InputProps {
  spec: FieldSpec
  value: Json
  /** Of several records that differ: shown as such, and set for all when committed. */
  mixed: boolean
  /** What the rules find at this field. */
  error: string | undefined
  /** The node that the field belongs to, where it names the node's own things. */
  node: string | undefined
  onCommit: (value: Json) => void
}

/** Label, description and test id, the same for every kind of input. */
export function common({ spec, mixed, error }: InputProps): {
  label: string
  description: string | undefined
  error: string | undefined
  'data-testid': string
  placeholder: string | undefined
} {
  return {
    label: spec.unit === '' ? spec.title : `${spec.title} (${spec.unit})`,
    description: spec.help === '' ? undefined : spec.help,
    error,
    'data-testid': `field-${spec.name}`,
    placeholder: mixed ? 'They differ' : undefined,
  }
}
