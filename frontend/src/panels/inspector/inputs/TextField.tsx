import { Autocomplete, TextInput, Textarea } from '@mantine/core'
import { useCallback, useMemo } from 'react'
import type { ReactElement } from 'react'
import { useStore } from '@/store/index.ts'
import { lower, optional, textProblem } from '../check.ts'
import { useDraft } from '../useDraft.ts'
import { common } from './props.ts'
import type { InputProps } from './props.ts'

const same = (one: string, other: string): boolean => one === other

/** Text of any form: names, labels, MAC addresses, command lines, image files. */
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
  const images = useImages()
  if (isImage(spec.name))
    return <Autocomplete {...input} onKeyDown={onKeyDown} onChange={change} data={images} />
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

const isImage = (name: string): boolean => ['kernel', 'initrd', 'disk'].includes(name)

/** The image files that any hypervisor of ours has. */
function useImages(): string[] {
  const hypervisors = useStore((state) => state.hypervisors)
  return useMemo(() => {
    const all = hypervisors.flatMap((one) => {
      const images = one.inventory?.['images']
      return Array.isArray(images) ? images.filter((image) => typeof image === 'string') : []
    })
    return [...new Set(all)].sort()
  }, [hypervisors])
}
