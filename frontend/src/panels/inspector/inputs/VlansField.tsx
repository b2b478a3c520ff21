import { TextInput } from '@mantine/core'
import { useCallback } from 'react'
import type { ReactElement } from 'react'
import type { Json } from '@/model/records.ts'
import { idsOf } from '@/model/vlans.ts'
import { useDraft } from '../useDraft.ts'
import { shown, typed } from '../vlan-text.ts'
import { common } from './props.ts'
import type { InputProps } from './props.ts'

/** Texts that mean the same list are the same, however they are spaced and sorted. */
function same(one: string, other: string): boolean {
  const [a, b] = [typed(one), typed(other)]
  if (a.value === undefined || b.value === undefined) return one === other
  return shown(a.value) === shown(b.value)
}
const valid = (text: string): boolean => typed(text).problem === undefined

/** VLANs as ids and ranges: "10, 20, 100-110". */
export function VlansField(props: InputProps): ReactElement {
  const { value, mixed, onCommit } = props
  const kept = mixed ? '' : shown(value)
  const save = useCallback(
    (text: string) => onCommit((typed(text).value ?? []) as Json),
    [onCommit],
  )
  const { draft, change, commit, onKeyDown } = useDraft(kept, same, valid, save)
  const field = common(props)
  const now = typed(draft)
  const count = idsOf(now.value).length
  return (
    <TextInput
      {...field}
      value={draft}
      onChange={(event) => change(event.currentTarget.value)}
      onBlur={() => {
        commit()
        if (now.value !== undefined) change(shown(now.value))
      }}
      onKeyDown={onKeyDown}
      placeholder={field.placeholder ?? '10, 20, 100-110'}
      error={now.problem ?? field.error}
      spellCheck={false}
      autoComplete="off"
      {...(count > 3 && {
        rightSection: <Count count={count} />,
        rightSectionWidth: 44,
        rightSectionPointerEvents: 'none' as const,
      })}
    />
  )
}

function Count({ count }: { count: number }): ReactElement {
  return (
    <span style={{ color: 'var(--tl-dim)', fontSize: 12 }} title={`${count} VLANs`}>
      {count}
    </span>
  )
}
