/** Text that is proposed from what is known and may be anything else that fits. */

import { Autocomplete, Text } from '@mantine/core'
import { useCallback } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { textProblem } from '../check.ts'
import { useDraft } from '../useDraft.ts'
import { common } from './props.ts'
import type { InputProps } from './props.ts'

export interface Group {
  group: string
  items: string[]
}

interface Props {
  field: InputProps
  groups: Group[]
  /** What stands below a proposal, in small. */
  about: (name: string) => string
  /** Below the input while nothing is typed. */
  empty?: ReactNode
}

const same = (one: string, other: string): boolean => one === other

export function SuggestedField({ field, groups, about, empty }: Props): ReactElement {
  const { spec, value, mixed, onCommit } = field
  const kept = mixed || typeof value !== 'string' ? '' : value
  const valid = useCallback((text: string) => textProblem(spec, text) === undefined, [spec])
  const { draft, change, commit, onKeyDown } = useDraft(kept, same, valid, onCommit)
  const shown = common(field)
  return (
    <div>
      <Autocomplete
        {...shown}
        value={draft}
        data={groups.filter((group) => group.items.length > 0)}
        onChange={change}
        onOptionSubmit={(chosen) => {
          change(chosen)
          if (chosen !== kept) onCommit(chosen)
        }}
        onBlur={commit}
        onKeyDown={onKeyDown}
        error={textProblem(spec, draft) ?? shown.error}
        placeholder={shown.placeholder ?? 'None'}
        clearable
        spellCheck={false}
        autoComplete="off"
        maxDropdownHeight={280}
        renderOption={({ option }) => (
          <div>
            <Text size="sm">{option.value}</Text>
            <Text size="xs" c="dimmed">
              {about(option.value)}
            </Text>
          </div>
        )}
      />
      {draft === '' && empty}
    </div>
  )
}
