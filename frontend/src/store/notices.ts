/** Words for people that pass: shown for a while by the shell, read out by screen readers. */

export interface Notice {
  level: 'info' | 'success' | 'warning' | 'error'
  title: string
  message?: string
}

type Listener = (notice: Notice) => void
const shown = new Set<Listener>()
const spoken = new Set<(text: string) => void>()

export const notices = {
  subscribe(listener: Listener): () => void {
    shown.add(listener)
    return () => shown.delete(listener)
  },
  subscribeSpoken(listener: (text: string) => void): () => void {
    spoken.add(listener)
    return () => spoken.delete(listener)
  },
}

/** A toast. */
export function notify(
  level: Notice['level'],
  title: string,
  message?: string,
): void {
  const notice: Notice = message === undefined ? { level, title } : { level, title, message }
  for (const listener of shown) listener(notice)
}

/** Only for the live region: what a sighted person sees happen on the canvas. */
export function announce(text: string): void {
  for (const listener of spoken) listener(text)
}
