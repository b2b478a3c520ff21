import { MultiSelect, TagsInput } from '@mantine/core'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { useInterfacesOf } from '@/store/index.ts'
import { keyOf } from '@/model/records.ts'
import type { Json } from '@/model/records.ts'
import { addressProblem, ipProblem } from '../check.ts'
import { common } from './props.ts'
import type { InputProps } from './props.ts'

const texts = (value: Json): string[] =>
  Array.isArray(value) ? value.map((one) => String(one as string | number)) : []

/** Addresses with their prefix. */
export const AddressesField = (props: InputProps): ReactElement => (
  <Typed {...props} problemOf={addressProblem} example="10.0.0.1/24" />
)

/** Addresses of machines. */
export const IpsField = (props: InputProps): ReactElement => (
  <Typed {...props} problemOf={ipProblem} example="10.0.0.1" />
)

interface TypedProps extends InputProps {
  problemOf: (text: string) => string | undefined
  example: string
}

/** Each typed and ended with Enter or a comma. One that is none is not taken. */
function Typed({ problemOf, example, ...props }: TypedProps): ReactElement {
  const [problem, setProblem] = useState<string>()
  const shown = common(props)
  return (
    <TagsInput
      {...shown}
      value={props.mixed ? [] : texts(props.value)}
      onChange={(wanted) => {
        const wrong = wanted.map(problemOf).find((one) => one !== undefined)
        setProblem(wrong)
        if (wrong === undefined) props.onCommit(wanted)
      }}
      placeholder={shown.placeholder ?? (texts(props.value).length === 0 ? example : '')}
      splitChars={[',', ' ', ';']}
      acceptValueOnBlur
      error={problem ?? shown.error}
    />
  )
}

/** Some of the node's own interfaces, by key. */
export function InterfacesField(props: InputProps): ReactElement {
  const own = useInterfacesOf(props.node ?? '').map(keyOf)
  const chosen = props.mixed ? [] : texts(props.value)
  return (
    <MultiSelect
      {...common(props)}
      value={chosen}
      onChange={props.onCommit}
      data={[...new Set([...own, ...chosen])]}
      nothingFoundMessage="It has no interface yet."
    />
  )
}
