/** A check on the canvas: a dashed arrow between two nodes, and the answer in the middle of it. */

import type { ReactElement } from 'react'
import { memo } from 'react'
import type { EdgeProps } from '@xyflow/react'
import { EdgeLabelRenderer } from '@xyflow/react'
import { useShallow } from 'zustand/react/shallow'
import { ExpectIcon, StateIcon } from '@/icons/index.tsx'
import { checkTitle } from '@/model/checking.ts'
import type { CheckRecord } from '@/model/records.ts'
import { ref } from '@/model/records.ts'
import { actions, useCheck, useFindingsAt, useStatus, useStore } from '@/store/index.ts'
import type { CheckLine, Scene } from './geometry/index.ts'
import { arrowOf } from './geometry/index.ts'
import { useLocal } from './local.ts'
import type { DrawnCheck } from './projection.ts'
import { answerWords } from './words.ts'

/** How far the tip reaches back from its point, units of the plane. */
const TIP = 'M0 0L-11 -5.5V5.5Z'
const BARRED = 'M-9 -5.5L-3 0L-9 5.5 M0 -7.5V7.5'

export const CheckEdge = memo(function CheckEdge({
  data,
  selected,
}: EdgeProps<DrawnCheck>): ReactElement | null {
  const id = data?.check ?? ''
  const check = useCheck(id)
  const shape = useLocal(useShallow((state) => (data ? shapeOf(state.scene, data.line) : NOWHERE)))
  if (!check || shape.path === '') return null
  return <Drawn id={id} check={check} shape={shape} selected={selected === true} />
})

/** Only texts, which stay equal while other boxes move: then nothing is drawn again. */
interface Shape {
  path: string
  tip: string
  badge: string
}
const NOWHERE: Shape = { path: '', tip: '', badge: '' }

function shapeOf(scene: Scene, line: CheckLine): Shape {
  const arrow = arrowOf(scene, line)
  if (!arrow) return NOWHERE
  const { path, to, middle, angle } = arrow
  return {
    path,
    tip: `translate(${to.x} ${to.y}) rotate(${angle})`,
    badge: `translate(-50%, -50%) translate(${middle.x}px, ${middle.y}px)`,
  }
}

function Drawn({
  id,
  check,
  shape,
  selected,
}: {
  id: string
  check: CheckRecord
  shape: Shape
  selected: boolean
}): ReactElement {
  const at = ref('checks', id)
  const status = useStatus(at)
  const [finding] = useFindingsAt(at)
  const title = useStore((state) => checkTitle(state.design, check))
  const words = answerWords(check.expect, status?.state)
  const whole = [
    check.label,
    title,
    status ? words : 'not asked yet',
    status?.detail ?? '',
    finding?.message ?? '',
  ]
    .filter(Boolean)
    .join(': ')
  return (
    <g
      className="tl-check"
      data-state={status?.state}
      data-expect={check.expect}
      data-selected={selected}
    >
      <title>{whole}</title>
      <path className="tl-check-hit" d={shape.path} />
      <path className="tl-check-line" d={shape.path} />
      <path
        className="tl-check-tip"
        d={check.expect === 'reach' ? TIP : BARRED}
        transform={shape.tip}
      />
      <EdgeLabelRenderer>
        <button
          type="button"
          className="tl-check tl-check-badge nodrag nopan"
          data-testid={`check-${id}`}
          data-check={id}
          data-state={status?.state}
          data-expect={check.expect}
          data-selected={selected}
          data-finding={finding?.severity}
          title={whole}
          aria-label={`Check: ${whole}`}
          aria-pressed={selected}
          style={{ transform: shape.badge }}
          onClick={(event) => {
            if (event.shiftKey || event.ctrlKey || event.metaKey) actions.toggleSelected(at)
            else actions.select([at])
          }}
        >
          <ExpectIcon expect={check.expect} size={13} />
          {status ? (
            <StateIcon className="tl-check-answer" state={status.state} size={12} />
          ) : null}
          <span className="tl-check-words">{words}</span>
        </button>
      </EdgeLabelRenderer>
    </g>
  )
}
