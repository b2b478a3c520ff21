import { act, renderHook } from '@testing-library/react'
import type { KeyboardEvent } from 'react'
import { expect, test, vi } from 'vitest'
import { useDraft } from '@/panels/inspector/useDraft.ts'

const same = (one: string, other: string): boolean => one === other
const valid = (text: string): boolean => !text.includes(' ')

function drafting(start = 'br0') {
  const onCommit = vi.fn<(text: string) => void>()
  const hook = renderHook(({ value }) => useDraft(value, same, valid, onCommit), {
    initialProps: { value: start },
  })
  const change = (text: string): void => act(() => hook.result.current.change(text))
  const commit = (): void => act(() => hook.result.current.commit())
  return { ...hook, onCommit, change, commit }
}

test('commits once, and only what differs', () => {
  const { onCommit, change, commit } = drafting()
  commit()
  expect(onCommit).not.toHaveBeenCalled()
  change('br1')
  commit()
  commit()
  expect(onCommit.mock.calls).toEqual([['br1']])
})

test('what is not valid stays a draft', () => {
  const { onCommit, change, commit, result } = drafting()
  change('br 1')
  commit()
  expect(onCommit).not.toHaveBeenCalled()
  expect(result.current.draft).toBe('br 1')
})

test('Escape reverts, and selects nothing beyond the field', () => {
  const { change, result } = drafting()
  change('br1')
  const stopPropagation = vi.fn()
  const event = { key: 'Escape', stopPropagation } as unknown as KeyboardEvent<HTMLElement>
  act(() => result.current.onKeyDown(event))
  expect(result.current.draft).toBe('br0')
  expect(stopPropagation).toHaveBeenCalled()
})

test('a change from elsewhere replaces a draft that nobody has touched', () => {
  const { rerender, result } = drafting()
  rerender({ value: 'theirs' })
  expect(result.current.draft).toBe('theirs')
})

test('a change from elsewhere leaves alone what is being typed', () => {
  const { rerender, result, change } = drafting()
  change('mine')
  rerender({ value: 'theirs' })
  expect(result.current.draft).toBe('mine')
})
