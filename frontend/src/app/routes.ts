/** Addresses of the page: `/`, `/images`, `/hypervisors`, `/labs/ID` and
 * `/labs/ID/console/NODE?kind=KIND`. Five are too few for a library. */

import { useSyncExternalStore } from 'react'
import type { ConsoleKind } from '@/live/console.ts'

/** The one console that a window shows. */
export interface OnlyConsole {
  node: string
  kind: ConsoleKind
}

export type Route =
  | { page: 'labs' }
  | { page: 'images' }
  | { page: 'hypervisors' }
  | { page: 'lab'; id: string }
  | ({ page: 'console'; id: string } & OnlyConsole)
  | { page: 'nothing' }

export function routeOf(path: string, query = ''): Route {
  const clean = path.replace(/\/+$/, '')
  if (clean === '' || clean === '/labs') return { page: 'labs' }
  if (clean === '/images') return { page: 'images' }
  if (clean === '/hypervisors') return { page: 'hypervisors' }
  const [, id, node] = /^\/labs\/([0-9A-Za-z-]+)\/console\/([^/]+)$/.exec(clean) ?? []
  if (id !== undefined && node !== undefined) {
    const kind = new URLSearchParams(query).get('kind') === 'graphics' ? 'graphics' : 'serial'
    return { page: 'console', id, node: decodeURIComponent(node), kind }
  }
  const lab = /^\/labs\/([0-9A-Za-z-]+)$/.exec(clean)?.[1]
  return lab === undefined ? { page: 'nothing' } : { page: 'lab', id: lab }
}

const listeners = new Set<() => void>()
const tell = (): void => listeners.forEach((listener) => listener())

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('popstate', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('popstate', listener)
  }
}

export function go(path: string): void {
  window.history.pushState(null, '', path)
  tell()
}

export const usePath = (): string => useSyncExternalStore(subscribe, () => location.pathname)

/** For the root: a plain click on a link of our own pages does not load the page anew. */
export function onLinkClick(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (!link || link.target || link.hasAttribute('download')) return
  if (link.origin !== location.origin || routeOf(link.pathname).page === 'nothing') return
  event.preventDefault()
  if (link.pathname !== location.pathname) go(link.pathname)
}
