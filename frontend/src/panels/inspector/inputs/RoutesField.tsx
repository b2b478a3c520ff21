import { Group, TextInput } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Json } from '@/model/records.ts'
import { routeProblem } from '../check.ts'
import type { Route } from '../check.ts'
import { useRows } from '../useRows.ts'
import { RemoveRow, RowsFrame } from './RowsFrame.tsx'
import type { InputProps } from './props.ts'

const EMPTY: Route = { to: '', via: '' }
const isRight = (route: Route): boolean => routeProblem(route) === undefined

/** Static routes: a row each; a row counts once it is complete. */
export function RoutesField(props: InputProps): ReactElement {
  const kept = (Array.isArray(props.value) ? props.value : []) as unknown as Route[]
  const rows = useRows(kept, isRight, (wanted) => props.onCommit(wanted as unknown as Json))
  return (
    <RowsFrame
      field={props}
      around={rows.around}
      words="Add a route"
      onAdd={() => rows.add(EMPTY)}
    >
      {rows.drafts.map((row, index) => (
        <Group key={index} gap={6} wrap="nowrap" align="flex-start" data-row>
          <TextInput
            aria-label={`Route ${index + 1}: to`}
            placeholder="10.1.0.0/24"
            value={row.to}
            onChange={(event) => rows.change(index, { to: event.currentTarget.value.trim() })}
            onBlur={rows.commit}
            onKeyDown={rows.onKeyDown}
            style={{ flex: 1 }}
          />
          <TextInput
            aria-label={`Route ${index + 1}: via`}
            placeholder="via 10.0.0.1"
            value={row.via}
            onChange={(event) => rows.change(index, { via: event.currentTarget.value.trim() })}
            onBlur={rows.commit}
            onKeyDown={rows.onKeyDown}
            error={row.to !== '' && row.via !== '' ? routeProblem(row) : undefined}
            style={{ flex: 1 }}
          />
          <RemoveRow
            words={`Remove route ${index + 1}`}
            mt={4}
            onClick={() => rows.remove(index)}
          />
        </Group>
      ))}
    </RowsFrame>
  )
}
