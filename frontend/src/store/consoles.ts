/** Which consoles are open below the canvas. */

import type { ConsoleKind } from '@/live/console.ts'
import { get, setUi } from './state.ts'

/** One console of one VM; there is one of each kind. */
export interface ConsoleTab {
  key: string
  node: string
  kind: ConsoleKind
}

export const consoleKey = (node: string, kind: ConsoleKind): string => `${kind}/${node}`

/** Opens it, or shows the one that is open. */
export function openConsole(node: string, kind: ConsoleKind = 'serial'): void {
  const key = consoleKey(node, kind)
  const { consoles } = get().ui
  setUi({
    consoles: consoles.some((one) => one.key === key) ? consoles : [...consoles, { key, node, kind }],
    console: key,
  })
}

/** Closes one, or all. */
export function closeConsole(key?: string): void {
  const { consoles, console } = get().ui
  const left = key === undefined ? [] : consoles.filter((one) => one.key !== key)
  const shown = left.some((one) => one.key === console) ? console : (left.at(-1)?.key ?? null)
  setUi({ consoles: left, console: shown })
}
