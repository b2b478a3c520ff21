import { ActionIcon, Button, Group, Input, MultiSelect, Stack, TagsInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { useInterfacesOf } from '@/store/index.ts'
import { keyOf, same } from '@/model/records.ts'
import type { Json } from '@/model/records.ts'
import { addressProblem, ipProblem, routeProblem } from '../check.ts'
import type { Route } from '../check.ts'
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

const EMPTY: Route = { to: '', via: '' }
const complete = (route: Route): boolean => routeProblem(route) === undefined

/** Static routes: a row each; a row counts once it is complete. */
export function RoutesField(props: InputProps): ReactElement {
  const kept = (Array.isArray(props.value) ? props.value : []) as unknown as Route[]
  const [rows, setRows] = useState<Route[]>(kept)
  const [base, setBase] = useState<Route[]>(kept)
  if (!same(base as unknown as Json, kept as unknown as Json)) {
    setBase(kept) // undone, or changed by somebody else
    setRows(kept)
  }
  const commit = (now: Route[]): void => {
    const wanted = now.filter(complete)
    if (same(wanted as unknown as Json, kept as unknown as Json)) return
    setBase(wanted)
    props.onCommit(wanted as unknown as Json)
  }
  const change = (index: number, part: Partial<Route>): void =>
    setRows(rows.map((row, at) => (at === index ? { ...row, ...part } : row)))
  const remove = (index: number): void => {
    const left = rows.filter((_, at) => at !== index)
    setRows(left)
    commit(left)
  }
  const { label, description, error } = common(props)
  return (
    <Input.Wrapper label={label} description={description} error={error} data-testid="field-routes">
      <Stack gap={6} mt={4}>
        {rows.map((row, index) => (
          <Group key={index} gap={6} wrap="nowrap" align="flex-start">
            <TextInput
              aria-label={`Route ${index + 1}: to`}
              placeholder="10.1.0.0/24"
              value={row.to}
              onChange={(event) => change(index, { to: event.currentTarget.value.trim() })}
              onBlur={() => commit(rows)}
              style={{ flex: 1 }}
            />
            <TextInput
              aria-label={`Route ${index + 1}: via`}
              placeholder="via 10.0.0.1"
              value={row.via}
              onChange={(event) => change(index, { via: event.currentTarget.value.trim() })}
              onBlur={() => commit(rows)}
              error={row.to !== '' && row.via !== '' ? routeProblem(row) : undefined}
              style={{ flex: 1 }}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              mt={4}
              aria-label={`Remove route ${index + 1}`}
              onClick={() => remove(index)}
            >
              ✕
            </ActionIcon>
          </Group>
        ))}
        <Button
          variant="subtle"
          size="compact-sm"
          style={{ alignSelf: 'flex-start' }}
          onClick={() => setRows([...rows, EMPTY])}
        >
          Add a route
        </Button>
      </Stack>
    </Input.Wrapper>
  )
}
