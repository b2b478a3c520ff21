/** Something fetched once when it is shown, and again when asked. */

import { useCallback, useEffect, useState } from 'react'
import { ApiError } from '@/live/http.ts'

export interface Loaded<T> {
  value: T | undefined
  error: string | undefined
  reload: () => void
}

export function useLoaded<T>(load: () => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T>()
  const [error, setError] = useState<string>()
  const [count, setCount] = useState(0)
  useEffect(() => {
    let current = true
    load().then(
      (loaded) => {
        if (!current) return
        setValue(loaded)
        setError(undefined)
      },
      (problem: unknown) => {
        if (current) setError(inWords(problem))
      },
    )
    return () => {
      current = false
    }
  }, [load, count])
  const reload = useCallback(() => setCount((before) => before + 1), [])
  return { value, error, reload }
}

/** What went wrong, for people; a signed-out session leads to the sign-in page. */
export function inWords(problem: unknown): string {
  if (problem instanceof ApiError) {
    if (problem.status === 401) return 'You are signed out. Reload the page to sign in again.'
    const details = problem.problems.map(
      (one) => `${one.pointer || 'the document'}: ${one.message} ${allowed(one.allowed)}`,
    )
    return [problem.message, ...details.slice(0, 20)].join('\n')
  }
  return problem instanceof Error ? problem.message : 'Something went wrong.'
}

const allowed = (text: string | undefined): string =>
  text === undefined || text === '' ? '' : `Allowed: ${text}.`
