import { Select, Switch } from '@mantine/core'
import { useMemo } from 'react'
import type { ReactElement } from 'react'
import { actions, useDesign } from '@/store/index.ts'
import { titleOf } from '@/model/records.ts'
import { sources, targets } from '../../checks/ends.ts'
import { core } from '../check.ts'
import { common } from './props.ts'
import type { InputProps } from './props.ts'

/** What the design's words are called where they alone would not say it. */
const WORDS: Readonly<Record<string, string>> = {
  reach: 'must reach',
  'no-reach': 'must not reach',
  'sub-interfaces': 'sub-interfaces',
  'vlan-aware': 'VLAN-aware bridge',
}

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
      data={options.map((option) => ({ value: option, label: WORDS[option] ?? option }))}
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

/** Another node of the design, found by its name. */
export function NodeField(props: InputProps): ReactElement {
  const { spec, value, mixed, onCommit } = props
  const design = useDesign()
  const nodes = useMemo(
    () => (spec.name === 'source' ? sources(design) : targets(design)),
    [design, spec.name],
  )
  return (
    <Select
      {...common(props)}
      value={mixed || typeof value !== 'string' ? null : value}
      data={nodes}
      searchable
      allowDeselect={false}
      onChange={(node) => {
        if (node !== null && node !== value) onCommit(node)
      }}
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
