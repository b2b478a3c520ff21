/** One field of one or several records, with the input that its description asks for. */

import type { ReactElement } from 'react'
import type { FieldSpec } from '@/model/kinds.ts'
import type { Json, Ref } from '@/model/records.ts'
import { recordAt, same, splitRef } from '@/model/records.ts'
import { actions, useDesign, useFindingsAt } from '@/store/index.ts'
import { widgetOf } from './check.ts'
import { BooleanField, ChoiceField, HostField, NodeField } from './inputs/ChoiceField.tsx'
import { ForwardsField } from './inputs/ForwardsField.tsx'
import { AddressesField, InterfacesField, IpsField } from './inputs/ListFields.tsx'
import { ImageField } from './inputs/ImageField.tsx'
import { NetworkField } from './inputs/NetworkField.tsx'
import { NumberField } from './inputs/NumberField.tsx'
import type { InputProps } from './inputs/props.ts'
import { RoutesField } from './inputs/RoutesField.tsx'
import { SshKeysField } from './inputs/SshKeysField.tsx'
import { TextField } from './inputs/TextField.tsx'
import { VlansField } from './inputs/VlansField.tsx'
import { TrunkModeField } from './trunk/TrunkModeField.tsx'

const INPUTS = {
  text: TextField,
  number: NumberField,
  boolean: BooleanField,
  choice: ChoiceField,
  list: AddressesField,
  vlans: VlansField,
  routes: RoutesField,
  forwards: ForwardsField,
  host: HostField,
  node: NodeField,
  interfaces: InterfacesField,
  ips: IpsField,
  'ssh-keys': SshKeysField,
  image: ImageField,
  network: NetworkField,
} as const

interface Props {
  refs: readonly Ref[]
  spec: FieldSpec
}

export function Field({ refs, spec }: Props): ReactElement | null {
  const design = useDesign()
  const [first] = refs
  const findings = useFindingsAt(first ?? 'nodes/')
  if (first === undefined) return null
  const values = refs.map((at) => recordAt(design, at)?.[spec.name])
  const value = values[0]
  if (value === undefined) return null
  const [table, id] = splitRef(first)
  const found = findings.find((one) => one.field === spec.name)
  const props: InputProps = {
    spec,
    value,
    mixed: values.some((one) => !same(one, value)),
    error: found === undefined ? undefined : `${found.message} ${found.fix}`.trim(),
    node: refs.length === 1 && table === 'nodes' ? id : undefined,
    onCommit: (wanted: Json) => actions.editFields(refs, { [spec.name]: wanted }),
  }
  const one = refs.length === 1 && table === 'nodes' ? design.nodes[id]?.kind : undefined
  const Input = one === 'trunk' && spec.name === 'mode' ? TrunkModeField : INPUTS[widgetOf(spec)]
  return <Input {...props} />
}
