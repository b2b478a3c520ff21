import { Select, Switch } from '@mantine/core'
import { useMemo } from 'react'
import type { ReactElement } from 'react'
import { actions, useDesign } from '@/store/index.ts'
import { titleOf } from '@/model/records.ts'
import { core } from '../check.ts'
import { common } from './props.ts'
import type { InputProps } from './props.ts'

/** One of a few words. */
export function ChoiceField(props: InputProps): ReactElement {
  const { spec, value, mixed, onCommit } = props
  const options = (core(spec)['enum'] as string[]).map(String)
  return (
    <Select
      {...common(props)}
      value={mixed || typeof value !== 'string' ? null : value}
      onChange={(chosen) => {
        if (chosen !== null) onCommit(chosen)
      }}
      data={options}
      allowDeselect={false}
    />
  )
}

/** On or off. */
export function BooleanField(props: InputProps): ReactElement {
  const { value, mixed, onCommit } = props
  const { placeholder, ...shown } = common(props)
  return (
    <Switch
      {...shown}
      {...(mixed ? { description: placeholder } : {})}
      checked={!mixed && value === true}
      onChange={(event) => onCommit(event.currentTarget.checked)}
    />
  )
}

/** The host that a node stands on: another choice moves it there. */
export function HostField(props: InputProps): ReactElement {
  const { value, mixed, node, onCommit } = props
  const design = useDesign()
  const hosts = useMemo(
    () =>
      Object.entries(design.nodes)
        .filter(([, one]) => one.kind === 'host')
        .map(([id, one]) => ({ value: id, label: titleOf(id, one) })),
    [design],
  )
  return (
    <Select
      {...common(props)}
      value={mixed || typeof value !== 'string' ? null : value}
      data={hosts}
      allowDeselect={false}
      onChange={(host) => {
        if (host === null || host === value) return
        if (node === undefined) onCommit(host)
        else actions.moveToHost([node], host)
      }}
    />
  )
}
