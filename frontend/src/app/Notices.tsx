import type { ReactElement } from 'react'
import { useEffect, useState } from 'react'
import { notifications } from '@mantine/notifications'
import { notices } from '@/store/index.ts'

const COLOURS = { info: 'indigo', success: 'green', warning: 'yellow', error: 'red' } as const

/** The store's words as toasts; errors stay until they are read. */
export function NoticesToToasts(): null {
  useEffect(
    () =>
      notices.subscribe(({ level, title, message }) =>
        notifications.show({
          title,
          message: message ?? '',
          color: COLOURS[level],
          autoClose: level === 'error' ? 20_000 : 6000,
          withBorder: true,
          style: { whiteSpace: 'pre-line' },
        }),
      ),
    [],
  )
  return null
}

/** What happens on the canvas, for those who do not see it. */
export function LiveRegion(): ReactElement {
  const [text, setText] = useState('')
  useEffect(() => notices.subscribeSpoken(setText), [])
  return (
    <div className="tl-sr" role="status" aria-live="polite" data-testid="live-region">
      {text}
    </div>
  )
}
