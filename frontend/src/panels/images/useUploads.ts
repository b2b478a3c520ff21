/** The uploads of this page, one after the other. */

import { useCallback, useEffect, useRef, useState } from 'react'
import { inWords } from '../useLoaded.ts'
import type { Wanted } from './api.ts'
import { upload } from './api.ts'

export interface Going {
  key: number
  name: string
  size: number
  sent: number
  state: 'waiting' | 'sending' | 'checking' | 'failed'
  error: string | undefined
  bytesPerSecond: number
}

interface Task {
  file: File
  wanted: Wanted
  abort: AbortController
}

export interface Uploads {
  going: readonly Going[]
  add: (file: File, wanted: Wanted) => void
  cancel: (key: number) => void
}

export function useUploads(onDone: (name: string) => void): Uploads {
  const [going, setGoing] = useState<readonly Going[]>([])
  const tasks = useRef(new Map<number, Task>())
  const chain = useRef<Promise<unknown>>(Promise.resolve())
  const count = useRef(0)

  const change = useCallback(
    (key: number, values: Partial<Going>) =>
      setGoing((all) => all.map((one) => (one.key === key ? { ...one, ...values } : one))),
    [],
  )
  const drop = useCallback((key: number) => {
    tasks.current.delete(key)
    setGoing((all) => all.filter((one) => one.key !== key))
  }, [])

  const add = useCallback(
    (file: File, wanted: Wanted) => {
      const key = (count.current += 1)
      const task = { file, wanted, abort: new AbortController() }
      tasks.current.set(key, task)
      const { name } = wanted
      const first = { key, name, size: file.size, sent: 0, bytesPerSecond: 0, error: undefined }
      setGoing((all) => [...all, { ...first, state: 'waiting' }])
      const run = async (): Promise<void> => {
        if (task.abort.signal.aborted) return
        change(key, { state: 'sending' })
        const began = performance.now()
        const onSent = (sent: number): void => {
          const seconds = Math.max(0.1, (performance.now() - began) / 1000)
          const state = sent === file.size ? 'checking' : 'sending'
          change(key, { sent, state, bytesPerSecond: sent / seconds })
        }
        try {
          await upload(file, wanted, onSent, task.abort.signal)
          drop(key)
          onDone(name)
        } catch (problem) {
          if (task.abort.signal.aborted) drop(key)
          else change(key, { state: 'failed', error: inWords(problem) })
        }
      }
      chain.current = chain.current.then(run)
    },
    [change, drop, onDone],
  )
  const cancel = useCallback(
    (key: number) => {
      tasks.current.get(key)?.abort.abort()
      drop(key)
    },
    [drop],
  )

  // Whoever leaves the page is asked: what is not whole is given up.
  const busy = going.some((one) => one.state !== 'failed')
  useEffect(() => {
    if (!busy) return
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [busy])
  useEffect(() => {
    const all = tasks.current
    return () => all.forEach((one) => one.abort.abort())
  }, [])
  return { going, add, cancel }
}
