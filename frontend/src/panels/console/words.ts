/** Where a console stands, in words. */

import type { ConsoleKind, Ending } from '@/live/console.ts'
import { waitsForVm } from './useLink.ts'
import type { Line } from './useLink.ts'

export const KIND_WORDS: Readonly<Record<ConsoleKind, string>> = {
  serial: 'Serial console',
  graphics: 'Screen',
}

export function stateWords({ state, ending }: Pick<Line, 'state' | 'ending'>): string {
  if (state === 'open') return 'Connected'
  if (state === 'opening' || ending === null) return 'Connecting…'
  switch (ending.reason) {
    case 'off':
      return 'VM is off'
    case 'busy':
      return 'In use on the hypervisor'
    case 'idle':
      return 'Closed: idle'
    case 'away':
    case 'lost':
      return 'Connection lost'
    default:
      return waitsForVm(ending) ? 'Not deployed' : 'Not available'
  }
}

/** What happens or what to do next. */
export function nextWords(ending: Ending, waits: boolean, runs: boolean): string {
  if (ending.reason === 'off')
    return runs
      ? 'Connecting again…'
      : 'Start the VM; the console opens by itself when it runs.'
  if (waitsForVm(ending)) return 'It opens by itself when the VM runs.'
  if (waits) return 'Connecting again by itself…'
  if (ending.reason === 'busy') return 'Take it over, or wait until it is free.'
  return ''
}

/** As a person says it: 3.1 MB. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  const units = ['kB', 'MB', 'GB', 'TB'] as const
  let value = bytes
  let unit = 'bytes'
  for (const next of units) {
    if (value < 1000) break
    value /= 1000
    unit = next
  }
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${unit}`
}
