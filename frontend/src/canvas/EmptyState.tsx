/** A lab with nothing in it: the first step, plainly. */

import type { ReactElement } from 'react'
import { Button } from '@mantine/core'
import { KindIcon } from '@/icons/index.tsx'
import { actions } from '@/store/index.ts'
import { view, viewElement } from './view.ts'
import { place } from './dropping.ts'

export function EmptyState(): ReactElement {
  const start = (): void => {
    const area = viewElement()?.getBoundingClientRect()
    const point = area && view.planeAt(area.left + area.width / 2, area.top + area.height / 2)
    const id = place('host', point ?? { x: 0, y: 0 })
    if (id !== undefined) actions.focusOn(`nodes/${id}`)
  }
  return (
    <div className="tl-empty" data-testid="empty-state">
      <div className="tl-empty-card">
        <span className="tl-empty-icon">
          <KindIcon kind="host" size={28} />
        </span>
        <h2>Start with a host</h2>
        <p>
          A host is a machine that carries bridges, containers and VMs. Drag one here from the
          left, then drop the rest onto it and pull cables between them.
        </p>
        <Button onClick={start} data-testid="add-first-host">
          Add a host
        </Button>
        <p className="tl-empty-small">
          Or start from a ready lab: <a href="/">choose a template</a>.
        </p>
      </div>
    </div>
  )
}
