/** Addresses of the page: `/`, `/images`, `/hypervisors`, `/labs/ID`. Four are too few for a library. */

import { useSyncExternalStore } from 'react'

export type Route =
  | { page: 'labs' }
  | { page: 'images' }
  | { page: 'hypervisors' }
  | { page: 'lab'; id: string }
  | { page: 'nothing' }

export function routeOf(path: string): Route {
  const clean = path.replace(/\/+$/, '')
  if (clean === '' || clean === '/labs') return { page: 'labs' }
  if (clean === '/images') return { page: 'images' }
  if (clean === '/hypervisors') return { page: 'hypervisors' }
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
