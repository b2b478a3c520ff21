/** An image: chosen from the team's library and from what hypervisors have in their own folder. */

import { Anchor, Text } from '@mantine/core'
import { useCallback, useMemo } from 'react'
import type { ReactElement } from 'react'
import { http } from '@/live/http.ts'
import { useStore } from '@/store/index.ts'
import type { Role } from '../../images/api.ts'
import { ROLES, sizeInWords } from '../../images/api.ts'
import { useLoaded } from '../../useLoaded.ts'
import type { InputProps } from './props.ts'
import { SuggestedField } from './SuggestedField.tsx'

interface Choice {
  name: string
  role: Role
  format: string
  size: number
  virtual_size: number
}

export function ImageField(props: InputProps): ReactElement {
  const { spec } = props
  const lab = useStore((state) => state.lab?.id)
  const load = useCallback(
    () => (lab === undefined ? Promise.resolve([]) : http.get<Choice[]>(`/api/labs/${lab}/images`)),
    [lab],
  )
  const { value: library } = useLoaded(load)
  const folders = useFolders()
  const fitting = useMemo(
    () => (library ?? []).filter((one) => one.role === spec.name),
    [library, spec.name],
  )
  const byName = useMemo(() => new Map(fitting.map((one) => [one.name, one])), [fitting])
  const groups = useMemo(() => {
    const own = [...folders.keys()].filter((name) => !byName.has(name)).sort()
    return [
      { group: 'Library of the team', items: fitting.map((one) => one.name) },
      { group: 'On the hypervisors', items: own },
    ]
  }, [fitting, folders, byName])
  return (
    <SuggestedField
      field={props}
      groups={groups}
      about={(name) => about(byName.get(name), folders.get(name))}
      empty={
        library?.length === 0 && (
          <Text size="xs" c="dimmed" mt={4}>
            The library is empty.{' '}
            <Anchor href="/images" target="_blank" size="xs">
              Upload an image
            </Anchor>
          </Text>
        )
      }
    />
  )
}

function about(image: Choice | undefined, there: readonly string[] | undefined): string {
  if (image === undefined) return `in the image folder of ${there?.join(', ') ?? ''}`
  const disk = image.virtual_size > image.size ? `, grows to ${sizeInWords(image.virtual_size)}` : ''
  return `${image.format || ROLES[image.role]}, ${sizeInWords(image.size)}${disk}`
}

/** The files of the hypervisors' own image folders, each with who has it. */
function useFolders(): ReadonlyMap<string, string[]> {
  const hypervisors = useStore((state) => state.hypervisors)
  return useMemo(() => {
    const found = new Map<string, string[]>()
    for (const one of hypervisors) {
      const images = one.inventory?.['images']
      for (const image of Array.isArray(images) ? images : [])
        if (typeof image === 'string') found.set(image, [...(found.get(image) ?? []), one.name])
    }
    return found
  }, [hypervisors])
}
