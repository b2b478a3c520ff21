import { useState } from 'react'
import { actions } from '@/store/index.ts'

/** Asking takes a moment until the first status says that it goes on. */
export function useRun(ids?: readonly string[]): { start: () => void; starting: boolean } {
  const [starting, setStarting] = useState(false)
  const start = (): void => {
    setStarting(true)
    void actions.runChecks(ids).finally(() => setStarting(false))
  }
  return { start, starting }
}
