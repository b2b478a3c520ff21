/** The fields of records of one kind, under their headings; those for experts are folded away. */

import { Button, Collapse, Divider, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { ReactElement, ReactNode } from 'react'
import type { FieldSpec } from '@/model/kinds.ts'
import type { Ref } from '@/model/records.ts'
import { useFindingsAt } from '@/store/index.ts'
import { Field } from './Field.tsx'

interface Props {
  refs: readonly Ref[]
  specs: readonly FieldSpec[]
}

export function Fields({ refs, specs }: Props): ReactElement {
  const plain = specs.filter((spec) => !spec.advanced)
  const more = specs.filter((spec) => spec.advanced)
  const found = useFindingsAt(refs[0] ?? 'nodes/')
  const [opened, { toggle }] = useDisclosure(false)
  // A finding must not hide in what is folded away.
  const shown = opened || found.some((one) => more.some((spec) => spec.name === one.field))
  return (
    <Stack gap="sm">
      {[...new Set(plain.map((spec) => spec.section))].map((section) => (
        <Section key={section} title={section}>
          {plain
            .filter((spec) => spec.section === section)
            .map((spec) => (
              <Field key={spec.name} refs={refs} spec={spec} />
            ))}
        </Section>
      ))}
      {more.length > 0 && (
        <>
          <Button
            variant="subtle"
            size="compact-sm"
            color="gray"
            style={{ alignSelf: 'flex-start' }}
            onClick={toggle}
            aria-expanded={shown}
          >
            {shown ? '▾' : '▸'} Advanced
          </Button>
          <Collapse expanded={shown}>
            <Stack gap="sm">
              {more.map((spec) => (
                <Field key={spec.name} refs={refs} spec={spec} />
              ))}
            </Stack>
          </Collapse>
        </>
      )}
    </Stack>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }): ReactElement {
  if (title === '') return <>{children}</>
  return (
    <Stack component="section" gap="sm" aria-label={title}>
      <Divider label={title} labelPosition="left" />
      {children}
    </Stack>
  )
}
