import { TextInput, Textarea } from '@mantine/core'
import { useCallback } from 'react'
import type { ReactElement } from 'react'
import { lower, optional, textProblem } from '../check.ts'
import { useDraft } from '../useDraft.ts'
import { common } from './props.ts'
import type { InputProps } from './props.ts'

const same = (one: string, other: string): boolean => one === other

/** Text of any form: names, labels, MAC addresses, command lines. */
export function TextField(props: InputProps): ReactElement {
  const { spec, value, mixed, onCommit } = props
  const kept = mixed || typeof value !== 'string' ? '' : value
  const valid = useCallback((text: string) => textProblem(spec, text) === undefined, [spec])
  const save = useCallback(
    (text: string) => onCommit(text === '' && optional(spec) ? null : lower(spec, text)),
    [onCommit, spec],
  )
  const { draft, change, commit, onKeyDown } = useDraft(kept, same, valid, save)
  const shown = common(props)
  const input = {
    ...shown,
    value: draft,
    onBlur: commit,
    error: textProblem(spec, draft) ?? shown.error,
    spellCheck: false,
    autoComplete: 'off',
  }
  if (spec.name === 'cmdline' || spec.name === 'note')
    return (
      <Textarea
        {...input}
        autosize
        minRows={1}
        maxRows={6}
        onKeyDown={onKeyDown}
        onChange={(event) => change(event.currentTarget.value.replaceAll('\n', ' '))}
      />
    )
  return (
    <TextInput
      {...input}
      onKeyDown={onKeyDown}
      onChange={(event) => change(event.currentTarget.value)}
    />
  )
}
