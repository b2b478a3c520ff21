/** The keys of the canvas. KEYS is also what the keyboard help shows. */

import { useEffect } from 'react'
import { splitRef } from '@/model/records.ts'
import { actions, get, setUi } from '@/store/index.ts'
import { arrangeAll } from './arranging.ts'
import { setLocal } from './local.ts'
import { view } from './view.ts'

export const KEYS: readonly { keys: string; does: string }[] = [
  { keys: 'Ctrl Z', does: 'Undo your last step' },
  { keys: 'Ctrl Shift Z or Ctrl Y', does: 'Redo' },
  { keys: 'Ctrl C, Ctrl X, Ctrl V', does: 'Copy, cut, paste, with links' },
  { keys: 'Ctrl D', does: 'Duplicate, with links' },
  { keys: 'Ctrl A', does: 'Select all' },
  { keys: 'Delete', does: 'Delete what is selected' },
  { keys: 'Escape', does: 'Select nothing' },
  { keys: 'Tab, Enter', does: 'Go from node to node, select one' },
  { keys: 'Arrow keys', does: 'Move what is selected' },
  { keys: 'Shift and drag', does: 'Select with a frame' },
  { keys: 'Ctrl or Shift and click', does: 'Add to the selection' },
  { keys: 'C', does: 'Connect the selected node to another' },
  { keys: 'L', does: 'Automatic layout' },
  { keys: 'F', does: 'Show everything' },
  { keys: 'Shift F', does: 'Show what is selected' },
  { keys: '+, -, 0', does: 'Zoom in, out, to 100 %' },
  { keys: 'G', does: 'Snap to the grid, on and off' },
  { keys: 'M', does: 'Minimap, on and off' },
  { keys: 'O', does: 'Outline or palette' },
  { keys: '?', does: 'This help' },
]

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.closest('input, textarea, select, [role="textbox"], [role="dialog"], [role="menu"]') !==
      null)

/** Plain keys do nothing on a button: Enter there is the button's own. */
const PLAIN: Readonly<Record<string, () => void>> = {
  Delete: actions.removeSelected,
  Backspace: actions.removeSelected,
  Escape: () => {
    setLocal({ menu: null })
    actions.selectNone()
  },
  f: view.fit,
  F: view.fitSelection,
  '+': view.zoomIn,
  '=': view.zoomIn,
  '-': view.zoomOut,
  '0': () => view.zoomTo(1),
  l: () => void arrangeAll().then((done) => done && view.fit()),
  g: () => setUi({ snap: !get().ui.snap }),
  m: () => setUi({ minimap: !get().ui.minimap }),
  o: () => setUi({ leftOpen: true, left: get().ui.left === 'outline' ? 'palette' : 'outline' }),
  '?': () => setUi({ dialog: 'help' }),
  c: () => {
    const [only] = get().selection
    if (only === undefined) return
    const [table, id] = splitRef(only)
    if (table === 'nodes') actions.openConnect({ node: id })
    else if (table === 'interfaces')
      actions.openConnect({ node: id.slice(0, id.indexOf(':')), interface: id })
  },
}

const WITH_CONTROL: Readonly<Record<string, () => unknown>> = {
  z: actions.undo,
  Z: actions.redo,
  y: actions.redo,
  c: () => actions.copy(),
  x: actions.cut,
  v: actions.paste,
  d: () => actions.duplicate(),
  a: actions.selectAll,
}

export function useShortcuts(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || typing(event.target)) return
      const control = event.ctrlKey || event.metaKey
      if (event.altKey) return
      // A person who has marked text on the page means that, not the canvas.
      if (control && event.key === 'c' && window.getSelection()?.isCollapsed === false) return
      const does = (control ? WITH_CONTROL : PLAIN)[event.key]
      if (!does) return
      event.preventDefault()
      does()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}
