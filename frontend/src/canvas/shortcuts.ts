/** The keys of the canvas; src/model/keys.ts names them for the keyboard help. */

import { useEffect } from 'react'
import { splitRef } from '@/model/records.ts'
import { actions, get, setUi } from '@/store/index.ts'
import { arrangeAll } from './arranging.ts'
import { toggleCheckTool } from './drawing-checks.ts'
import { setLocal } from './local.ts'
import { view } from './view.ts'

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.closest('input, textarea, select, [role="textbox"], [role="dialog"], [role="menu"], [data-console]') !==
      null)

/** Plain keys do nothing on a button: Enter there is the button's own. */
const PLAIN: Readonly<Record<string, () => void>> = {
  Delete: actions.removeSelected,
  Backspace: actions.removeSelected,
  Escape: () => {
    setLocal({ menu: null })
    setUi({ vlan: null })
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
  u: () => actions.plug(get().selection),
  k: toggleCheckTool,
  K: () => setUi({ checks: !get().ui.checks }),
  t: () => {
    const [only] = get().selection
    if (only === undefined) return
    const [table, id] = splitRef(only)
    if (table === 'nodes' && get().design.nodes[id]?.kind === 'vm') actions.openConsole(id)
  },
  p: () => actions.powerSelected(true),
  P: () => actions.powerSelected(false),
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
