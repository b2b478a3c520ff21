import { NumberInput } from '@mantine/core'
import { useCallback } from 'react'
import type { ReactElement } from 'react'
import { core, numberProblem, optional } from '../check.ts'
import { useDraft } from '../useDraft.ts'
import { common } from './props.ts'
import type { InputProps } from './props.ts'

const same = (one: number | null, other: number | null): boolean => one === other

/** A whole number; empty where the kernel may choose. */
export function NumberField(props: InputProps): ReactElement {
  const { spec, value, mixed, onCommit } = props
  const kept = mixed || typeof value !== 'number' ? null : value
  const valid = useCallback((one: number | null) => numberProblem(spec, one) === undefined, [spec])
  const { draft, change, commit, onKeyDown } = useDraft(kept, same, valid, onCommit)
  const shown = common(props)
  const { minimum, maximum } = core(spec)
  const problem = mixed && draft === null ? undefined : numberProblem(spec, draft)
  return (
    <NumberInput
      {...shown}
      value={draft ?? ''}
      onChange={(typed) => change(typeof typed === 'number' ? typed : null)}
      onBlur={commit}
      onKeyDown={onKeyDown}
      allowDecimal={false}
      clampBehavior="none"
      {...(typeof minimum === 'number' ? { min: minimum } : {})}
      {...(typeof maximum === 'number' ? { max: maximum } : {})}
      placeholder={shown.placeholder ?? (optional(spec) ? whenEmpty(spec.help) : undefined)}
      error={problem ?? shown.error}
    />
  )
}

/** An empty field says what that means: nothing at all, or that somebody else chooses. */
const whenEmpty = (help: string): string => (help.includes('Empty: none') ? 'None' : 'Chosen for you')
