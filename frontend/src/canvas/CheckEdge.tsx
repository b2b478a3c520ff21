/** A check on the canvas: a dashed arrow between two nodes, and the answer in the middle of it. */

import type { ReactElement } from 'react'
import { memo, useCallback } from 'react'
import type { EdgeProps } from '@xyflow/react'
import { EdgeLabelRenderer, useStore as useFlow } from '@xyflow/react'
import { ExpectIcon, StateIcon } from '@/icons/index.tsx'
import { answerOf } from '@/live/answers.ts'
import { checkTitle } from '@/model/checking.ts'
import type { CheckRecord } from '@/model/records.ts'
import { ref } from '@/model/records.ts'
import { actions, useCheck, useFindingsAt, useStatus, useStore } from '@/store/index.ts'
import type { Arrow, CheckLine, Point, Scene } from './geometry/index.ts'
import { along, arrowOf, badgesOf, sees } from './geometry/index.ts'
import { areCrowded } from './crowd.ts'
import { useLocal } from './local.ts'
import type { DrawnCheck } from './projection.ts'

/** How far the tip reaches back from its point, units of the plane. */
const TIP = 'M0 0L-11 -5.5V5.5Z'
const BARRED = 'M-9 -5.5L-3 0L-9 5.5 M0 -7.5V7.5'

export const CheckEdge = memo(function CheckEdge({
  data,
  selected,
}: EdgeProps<DrawnCheck>): ReactElement | null {
  const id = data?.check ?? ''
  const check = useCheck(id)
  const crowded = useStore((state) => areCrowded(state.design))
  const shape = useLocal((state) => (data ? shapeOf(state.scene, data.line, crowded) : NOWHERE))
  const shown = useShown(shape, crowded)
  if (!check || shape.path === '' || shown === 'nothing') return null
  const badge = shown === 'badge' || selected === true
  return <Drawn id={id} check={check} shape={shape} selected={selected === true} badge={badge} />
})

/** From this zoom on the words of a badge are there to be read. */
const READABLE = 0.5

/**
 * How much of a check is drawn: React Flow goes by the box around both ends, which for an arrow
 * across the lab is nearly always in view. Among many, badges are for who is near enough to read.
 */
function useShown(shape: Shape, crowded: boolean): 'nothing' | 'arrow' | 'badge' {
  const { points, middle } = shape
  return useFlow(
    useCallback(
      ({ transform, width, height }) => {
        if (!crowded) return 'badge'
        const [x, y, zoom] = transform
        const window = { x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom }
        if (!sees(window, points)) return 'nothing'
        return zoom >= READABLE && sees(window, middle) ? 'badge' : 'arrow'
      },
      [points, middle, crowded],
    ),
  )
}

/** Texts stay equal, and so points the same, while other boxes move: then nothing is drawn again. */
interface Shape {
  path: string
  tip: string
  badge: string
  /** What is looked at to know whether it is in view. */
  points: readonly Point[]
  middle: readonly Point[]
}
const NOWHERE: Shape = { path: '', tip: '', badge: '', points: [], middle: [] }

const kept = new WeakMap<CheckLine, Shape>()

/** Among many, badges stay in the middle: looking what is below each would cost too much. */
function shapeOf(scene: Scene, line: CheckLine, crowded: boolean): Shape {
  const arrow = arrowOf(scene, line)
  if (!arrow) return NOWHERE
  const spot = (crowded ? undefined : badgesOf(scene).get(line)) ?? arrow.middle
  const was = kept.get(line)
  if (was?.path === arrow.path && same(was.middle, spot)) return was
  const shape = shaped(arrow, spot)
  kept.set(line, shape)
  return shape
}

const same = ([was]: readonly Point[], { x, y }: Point): boolean => was?.x === x && was.y === y

function shaped(arrow: Arrow, middle: Point): Shape {
  const { path, to, angle } = arrow
  return {
    path,
    points: along(arrow),
    middle: [middle],
    tip: `translate(${to.x} ${to.y}) rotate(${angle})`,
    badge: `translate(-50%, -50%) translate(${middle.x}px, ${middle.y}px)`,
  }
}

function Drawn({
  id,
  check,
  shape,
  selected,
  badge,
}: {
  id: string
  check: CheckRecord
  shape: Shape
  selected: boolean
  badge: boolean
}): ReactElement {
  const at = ref('checks', id)
  const status = useStatus(at)
  const [finding] = useFindingsAt(at)
  const title = useStore((state) => checkTitle(state.design, check))
  const words = answerOf(check.expect, status?.state).brief
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
      {badge ? (
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
      ) : null}
    </g>
  )
}
