/** What is around the rows of a field: its label, the button that removes a row, the one that adds. */

import { ActionIcon, Button, Input, Stack } from '@mantine/core'
import type { ReactElement, ReactNode, RefObject } from 'react'
import { Icon } from '@/icons/index.tsx'
import { common } from './props.ts'
import type { InputProps } from './props.ts'

interface FrameProps {
  field: InputProps
  around: RefObject<HTMLDivElement | null>
  /** On the button that adds a row. */
  words: string
  /** Undefined where none can be added. */
  onAdd: (() => void) | undefined
  children: ReactNode
}

export function RowsFrame({ field, around, words, onAdd, children }: FrameProps): ReactElement {
  const { label, description, error, 'data-testid': testId } = common(field)
  return (
    <Input.Wrapper
      labelElement="div"
      label={label}
      description={description}
      error={error}
      data-testid={testId}
      ref={around}
    >
      <Stack gap={8} mt={4} role="group" aria-label={label}>
        {children}
        <Button
          variant="subtle"
          size="compact-sm"
          style={{ alignSelf: 'flex-start' }}
          data-add
          disabled={onAdd === undefined}
          onClick={onAdd}
        >
          {words}
        </Button>
      </Stack>
    </Input.Wrapper>
  )
}

interface RemoveProps {
  words: string
  /** Down to the middle of inputs that have their problems below them. */
  mt?: number
  onClick: () => void
}

export function RemoveRow({ words, mt = 0, onClick }: RemoveProps): ReactElement {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      mt={mt}
      data-remove
      aria-label={words}
      title={words}
      onClick={onClick}
    >
      <Icon name="close" size={14} />
    </ActionIcon>
  )
}
