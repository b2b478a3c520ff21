/** A serial port as a terminal: xterm.js. Loaded when the first one is opened. */

import type { ReactElement } from 'react'
import { useEffect, useRef, useState } from 'react'
import { useComputedColorScheme } from '@mantine/core'
import { FitAddon } from '@xterm/addon-fit'
import { SearchAddon } from '@xterm/addon-search'
import { Terminal } from '@xterm/xterm'
import type { ITheme } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import type { ConsoleLink } from '@/live/console.ts'
import type { FaceProps } from './face.ts'
import { leaves } from './face.ts'
import { size } from './words.ts'

const DARK: ITheme = {
  background: '#0d1015', foreground: '#d7dde7', cursor: '#a5b4fc', cursorAccent: '#0d1015',
  selectionBackground: '#3b4a7a', black: '#2b323e', red: '#f87171', green: '#4ade80',
  yellow: '#fbbf24', blue: '#7aa2f7', magenta: '#d8a2f5', cyan: '#67e8f9', white: '#d7dde7',
  brightBlack: '#6d788a', brightRed: '#fca5a5', brightGreen: '#86efac', brightYellow: '#fde68a',
  brightBlue: '#a5c4ff', brightMagenta: '#e9c8ff', brightCyan: '#a5f3fc', brightWhite: '#ffffff',
}
const LIGHT: ITheme = {
  background: '#ffffff', foreground: '#1b2330', cursor: '#4f46e5', cursorAccent: '#ffffff',
  selectionBackground: '#c7d2fe', black: '#1b2330', red: '#b91c1c', green: '#15803d',
  yellow: '#92400e', blue: '#1d4ed8', magenta: '#a21caf', cyan: '#0e7490', white: '#5d6879',
  brightBlack: '#5d6879', brightRed: '#dc2626', brightGreen: '#166534', brightYellow: '#a16207',
  brightBlue: '#2563eb', brightMagenta: '#be185d', brightCyan: '#0f766e', brightWhite: '#1b2330',
}

const FONT = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace'
const SCROLLBACK = 5000

export default function Serial({
  title, fontSize, screenReader, onFace, onLeave, onFind, onTooMuch,
}: FaceProps): ReactElement {
  const place = useRef<HTMLDivElement>(null)
  const [terminal, setTerminal] = useState<Terminal | null>(null)
  const fit = useRef<() => void>(() => undefined)
  const scheme = useComputedColorScheme('light')
  const calls = useRef({ onLeave, onFind, onTooMuch })
  useEffect(() => {
    calls.current = { onLeave, onFind, onTooMuch }
  })

  useEffect(() => {
    if (place.current === null) return
    const term = new Terminal({ fontFamily: FONT, scrollback: SCROLLBACK, cursorBlink: true })
    const fitting = new FitAddon()
    const searching = new SearchAddon()
    term.loadAddon(fitting)
    term.loadAddon(searching)
    withNonce(() => term.open(place.current as HTMLDivElement))
    let link: ConsoleLink | undefined
    const type = (bytes: Uint8Array): void => {
      if (link?.send(bytes) === false) calls.current.onTooMuch()
    }
    const encoder = new TextEncoder()
    term.onData((text) => type(encoder.encode(text)))
    term.onBinary((text) => type(Uint8Array.from(text, (one) => one.charCodeAt(0))))
    term.attachCustomKeyEventHandler((event) => {
      if (leaves(event)) {
        event.preventDefault()
        calls.current.onLeave()
        return false
      }
      // With nobody to type to it leads to what can be done.
      if (event.key === 'Tab' && link === undefined) return false
      if (event.type !== 'keydown' || !event.ctrlKey || !event.shiftKey) return true
      const key = event.key.toLowerCase()
      if (key === 'v') return false // the browser pastes by itself
      if (key !== 'c' && key !== 'f') return true
      event.preventDefault()
      if (key === 'f') calls.current.onFind()
      else if (term.hasSelection()) void navigator.clipboard.writeText(term.getSelection())
      return false
    })
    // One that is hidden has no room to fit into.
    fit.current = () => {
      if (place.current?.offsetParent) fitting.fit()
    }
    const watch = new ResizeObserver(() => fit.current())
    watch.observe(place.current)
    setTerminal(term)
    onFace({
      begin: (opened) => {
        link = opened
        term.reset() // what was said before comes again
        term.options.disableStdin = false
      },
      data: (bytes) => {
        const mine = link
        term.write(bytes, () => mine?.take(bytes.length))
      },
      skipped: (bytes) => term.write(`\r\n\u001b[7m … ${size(bytes)} skipped … \u001b[0m\r\n`),
      end: () => {
        link = undefined
        term.options.disableStdin = true
      },
      focus: () => term.focus(),
      terminal: {
        selected: () => term.getSelection(),
        paste: (text) => term.paste(text),
        find: (text, back) => (back ? searching.findPrevious(text) : searching.findNext(text)),
      },
    })
    return () => {
      watch.disconnect()
      onFace(null)
      setTerminal(null)
      term.dispose()
    }
  }, [onFace])

  useEffect(() => {
    if (terminal) withNonce(() => (terminal.options.theme = scheme === 'dark' ? DARK : LIGHT))
  }, [terminal, scheme])
  useEffect(() => {
    if (!terminal) return
    terminal.options.fontSize = fontSize
    fit.current()
  }, [terminal, fontSize])
  useEffect(() => {
    if (terminal) terminal.options.screenReaderMode = screenReader
  }, [terminal, screenReader])
  useEffect(() => {
    terminal?.textarea?.setAttribute('aria-label', `${title}. Ctrl F6 leaves it.`)
  }, [terminal, title])

  return <div className="tl-console-face tl-terminal" ref={place} data-testid="terminal" />
}

/**
 * The policy of the page lets only style elements with the nonce of the answer through
 * (designer/site/policy.py), and xterm.js makes its own without asking anybody for one.
 */
function withNonce(work: () => void): void {
  const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? ''
  const own = (name: string): HTMLElement => {
    const made = document.createElementNS('http://www.w3.org/1999/xhtml', name)
    if (made instanceof HTMLStyleElement) made.nonce = nonce
    return made
  }
  Object.defineProperty(document, 'createElement', { value: own, configurable: true })
  try {
    work()
  } finally {
    Reflect.deleteProperty(document, 'createElement')
  }
}
