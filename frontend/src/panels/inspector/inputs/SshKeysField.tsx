import { Textarea } from '@mantine/core'
import { useCallback } from 'react'
import type { ReactElement } from 'react'
import { sshKeyProblem } from '../check.ts'
import { useDraft } from '../useDraft.ts'
import { common } from './props.ts'
import type { InputProps } from './props.ts'

const keysOf = (text: string): string[] =>
  text.split('\n').map((line) => line.trim()).filter((line) => line !== '')
const same = (one: string, other: string): boolean =>
  keysOf(one).join('\n') === keysOf(other).join('\n')
const problemOf = (text: string): string | undefined =>
  keysOf(text).map(sshKeyProblem).find((one) => one !== undefined)
const valid = (text: string): boolean => problemOf(text) === undefined

/** Public keys, one a line. Enter begins the next one; leaving the field commits. */
export function SshKeysField(props: InputProps): ReactElement {
  const { value, mixed, onCommit } = props
  const kept = mixed || !Array.isArray(value) ? '' : value.map(String).join('\n')
  const save = useCallback((text: string) => onCommit(keysOf(text)), [onCommit])
  const { draft, change, commit, onKeyDown } = useDraft(kept, same, valid, save)
  const shown = common(props)
  return (
    <Textarea
      {...shown}
      value={draft}
      onChange={(event) => change(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key !== 'Enter') onKeyDown(event)
      }}
      error={problemOf(draft) ?? shown.error}
      placeholder={shown.placeholder ?? 'ssh-ed25519 AAAA… you@example'}
      autosize
      minRows={2}
      maxRows={8}
      spellCheck={false}
      autoComplete="off"
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12, wordBreak: 'break-all' } }}
    />
  )
}
