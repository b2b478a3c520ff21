/** What shows a console's bytes, and what a person can do to it. */

import type { Shown } from './useLink.ts'

export interface Face extends Shown {
  focus: () => void
  /** Of a terminal alone. */
  terminal?: {
    selected: () => string
    paste: (text: string) => void
    find: (text: string, back: boolean) => boolean
  }
  /** Of a screen alone. */
  screen?: { ctrlAltDel: () => void }
}

export interface FaceProps {
  title: string
  fontSize: number
  screenReader: boolean
  /** The whole screen made smaller or larger to the room that there is; else at its own size. */
  fit: boolean
  /** Called with null before it goes. */
  onFace: (face: Face | null) => void
  /** The way out by the keyboard: Ctrl F6. */
  onLeave: () => void
  onFind: () => void
  onTooMuch: () => void
}

/** Both kinds of console take every key but this one; Tab is the guest's. */
export const leaves = (event: KeyboardEvent): boolean =>
  event.type === 'keydown' && event.ctrlKey && !event.altKey && !event.shiftKey && event.key === 'F6'
