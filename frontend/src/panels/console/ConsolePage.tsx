/** A console in a window of its own: `/labs/ID/console/NODE?kind=serial`. */

import type { ReactElement } from 'react'
import { useCallback, useEffect, useRef } from 'react'
import type { ConsoleKind } from '@/live/console.ts'
import { titleOf } from '@/model/records.ts'
import { useNode, useStore } from '@/store/index.ts'
import { ConsoleView } from './ConsoleView.tsx'
import { KIND_WORDS } from './words.ts'

export function ConsolePage({ node, kind }: { node: string; kind: ConsoleKind }): ReactElement {
  const record = useNode(node)
  const lab = useStore((state) => state.lab)
  const head = useRef<HTMLAnchorElement>(null)
  const title = titleOf(node, record)
  useEffect(() => {
    document.title = `${title} · ${lab?.name ?? 'Trunkline'}`
  }, [title, lab?.name])
  const leave = useCallback(() => head.current?.focus(), [])
  return (
    <main className="tl-console-page">
      <header className="tl-console-head">
        <h1>
          {title} <span>{KIND_WORDS[kind]}</span>
        </h1>
        <a ref={head} href={`/labs/${lab?.id ?? ''}`}>
          {lab?.name ?? 'To the lab'}
        </a>
      </header>
      <ConsoleView node={node} kind={kind} shown onLeave={leave} alone />
    </main>
  )
}
