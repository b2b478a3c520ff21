/**
 * The product's own signs: 24 × 24, drawn with a 1.6 stroke in the colour of the text. Kinds of
 * node, states (a shape each, so that colour is never the only difference) and commands.
 */

import type { ReactElement, SVGProps } from 'react'
import type { State } from '@/live/messages.ts'
import type { Expect } from '@/model/checking.ts'
import type { Power } from '@/model/vms.ts'
import type { Kind } from '@/model/records.ts'

export * from './vlans.tsx'

type Props = SVGProps<SVGSVGElement> & { size?: number }

/** Paths by kind; the canvas of the overview and the SVG export draw the same ones. */
export const KIND_PATHS: Readonly<Record<Kind, string>> = {
  host: 'M4 5h16v6H4z M4 13h16v6H4z M7.5 8h.01 M7.5 16h.01 M11 8h5 M11 16h5',
  nic: 'M4 6h14a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H6 M4 3v18 M8 17v3 M12 17v3 M16 17v3 M9 10h6v3H9z',
  bridge: 'M3 8h18v8H3z M7 12h.01 M10.3 12h.01 M13.7 12h.01 M17 12h.01 M7 16v3 M17 16v3 M12 8V5',
  network:
    'M12 4v4 M5 20v-4 M12 20v-4 M19 20v-4 M5 16v-2a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2v2 M12 12V8 M8.5 5.5a5 5 0 0 1 7 0 M12 12v4',
  trunk: 'M3 7h11 M3 12h18 M3 17h11 M14 4l4 3-4 3 M14 14l4 3-4 3',
  vm: 'M3 5h18v11H3z M9 20h6 M12 16v4 M10.5 8.2l4 2.3-4 2.3z',
  container: 'M12 3l8 4.5v9L12 21l-8-4.5v-9z M4 7.5l8 4.5 8-4.5 M12 12v9',
  router:
    'M12 12m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0 M12 10V5.5 M10 7.3l2-1.8 2 1.8 M12 14v4.5 M10 16.7l2 1.8 2-1.8 M14 12h4.500 M16.700 10l1.800 2-1.800 2 M10 12H5.500 M7.300 10l-1.800 2 1.800 2',
  segment: 'M3 12h18 M6 12V7 M12 12v5 M18 12V7 M4.500 4.500h3V7h-3z M16.500 4.500h3V7h-3z M10.500 17h3v2.500h-3z',
}

/** Colour roles by kind, as CSS variables of src/app/theme.css. */
export const kindColor = (kind: Kind): string => `var(--tl-kind-${kind})`

export const STATE_PATHS: Readonly<Record<State, string>> = {
  ok: 'M5 12.500l4.500 4.500L19 7.500',
  pending: 'M12 12m-8 0a8 8 0 1 0 16 0a8 8 0 1 0-16 0 M12 7.500V12l3 2',
  applying: 'M20 12a8 8 0 1 1-3-6.200 M17.500 2v4.500H13',
  drift: 'M5 9h14 M5 15h14 M16 5L8 19',
  failed: 'M6 6l12 12 M18 6L6 18',
  degraded: 'M12 5v9 M12 18.500h.01',
  absent: 'M6 12h12',
  unknown: 'M9 9a3 3 0 1 1 4.200 2.800c-.8.4-1.200 1-1.200 2.200 M12 18h.01',
}

export const STATE_WORDS: Readonly<Record<State, string>> = {
  ok: 'Up',
  pending: 'Waiting',
  applying: 'Working',
  drift: 'Differs',
  failed: 'Failed',
  degraded: 'Degraded',
  absent: 'Not there',
  unknown: 'Unknown',
}

export const STATE_HELP: Readonly<Record<State, string>> = {
  ok: 'Observed as it was drawn.',
  pending: 'Deployed with the next operations.',
  applying: 'Being changed right now.',
  drift: 'There, but not as it was drawn.',
  failed: 'The kernel or libvirt refused; the inspector has its words.',
  degraded: 'There, but not working in full.',
  absent: 'Not there on the hypervisor.',
  unknown: 'Nothing heard from the hypervisor.',
}

/** What a state says of a check: its status tells whether the answer was the one expected. */
export const CHECK_WORDS: Readonly<Record<State, string>> = {
  ok: 'As expected',
  pending: 'Waiting',
  applying: 'Asking',
  drift: 'Not as expected',
  failed: 'Not as expected',
  degraded: 'Not as expected',
  absent: 'Not run yet',
  unknown: 'Unknown',
}

/** The sign of a check: an arrow that arrives, or one that stops at a bar. */
export const EXPECT_PATHS: Readonly<Record<Expect, string>> = {
  reach: 'M3 12h17 M13.500 5.500l6.500 6.500-6.500 6.500',
  'no-reach': 'M2.500 12h11 M8.500 6.500l5.500 5.500-5.500 5.500 M19 4v16',
}

export const stateColor = (state: State): string => `var(--tl-state-${state})`

function Drawn({ path, size = 18, ...props }: Props & { path: string }): ReactElement {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      {...props}
    >
      <path d={path} />
    </svg>
  )
}

export const KindIcon = ({ kind, ...props }: Props & { kind: Kind }): ReactElement => (
  <Drawn path={KIND_PATHS[kind]} {...props} />
)

export const StateIcon = ({ state, ...props }: Props & { state: State }): ReactElement => (
  <Drawn path={STATE_PATHS[state]} strokeWidth={2.6} {...props} />
)

export const ExpectIcon = ({ expect, ...props }: Props & { expect: Expect }): ReactElement => (
  <Drawn path={EXPECT_PATHS[expect]} strokeWidth={2.2} {...props} />
)

/** What a VM is doing: a shape each, as on the keys of any player. */
export const POWER_PATHS: Readonly<Record<Power, string>> = {
  running: 'M7 4.500l12 7.500-12 7.500z',
  paused: 'M8 5v14 M16 5v14',
  off: 'M12 3v9 M6.300 7.200a8 8 0 1 0 11.400 0',
  crashed: 'M6 6l12 12 M18 6L6 18',
  stuck: 'M12 5v9 M12 18.500h.01',
  ending: 'M12 3v9 M6.300 7.200a8 8 0 1 0 11.400 0',
}

export const PowerIcon = ({ power, ...props }: Props & { power: Power }): ReactElement => (
  <Drawn path={POWER_PATHS[power]} strokeWidth={2.4} {...props} />
)

const COMMANDS = {
  undo: 'M9 14l-5-5 5-5 M4 9h10a6 6 0 0 1 0 12h-3',
  redo: 'M15 14l5-5-5-5 M20 9H10a6 6 0 0 0 0 12h3',
  layout: 'M10 4h4v4h-4z M4 16h4v4H4z M16 16h4v4h-4z M12 8v4 M6 16v-4h12v4',
  fit: 'M4 9V4h5 M20 9V4h-5 M4 15v5h5 M20 15v5h-5',
  plus: 'M12 5v14 M5 12h14',
  minus: 'M5 12h14',
  sun: 'M12 12m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0 M12 2.500v2 M12 19.500v2 M2.500 12h2 M19.500 12h2 M5.300 5.300l1.400 1.400 M17.300 17.300l1.400 1.400 M5.300 18.700l1.400-1.400 M17.300 6.700l1.400-1.400',
  moon: 'M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z',
  rocket: 'M5 15c-1.500 1.300-2 5-2 5s3.700-.5 5-2 M9 15l-3-3c1-3.500 4-9 12-9 0 8-5.500 11-9 12z M15 9h.01 M9 12H4.500S5 9 8 8 M12 15v4.500s3-.5 4-3.500',
  trash: 'M4 7h16 M9 7V4h6v3 M6 7l1 13h10l1-13 M10 11v5 M14 11v5',
  copy: 'M8 8h12v12H8z M16 8V4H4v12h4',
  paste: 'M8 5H5v16h14V5h-3 M8 3h8v4H8z',
  close: 'M6 6l12 12 M18 6L6 18',
  chevronDown: 'M6 9l6 6 6-6',
  chevronRight: 'M9 6l6 6-6 6',
  chevronLeft: 'M15 6l-6 6 6 6',
  search: 'M10.500 10.500m-6.500 0a6.500 6.500 0 1 0 13 0a6.500 6.500 0 1 0-13 0 M20 20l-4.800-4.800',
  warning: 'M12 3.500L2.500 20h19z M12 10v4.500 M12 17.200h.01',
  error: 'M8 3h8l5 5v8l-5 5H8l-5-5V8z M12 7.500v5.500 M12 16.500h.01',
  info: 'M12 12m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0 M12 11v5.500 M12 7.800h.01',
  help: 'M12 12m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0 M9.500 9.500a2.500 2.500 0 1 1 3.600 2.300c-.7.4-1.100.9-1.100 1.900 M12 16.800h.01',
  history: 'M4 12a8 8 0 1 0 2.500-5.800L4 8.500 M4 4v4.500h4.500 M12 8v4.500l3 1.500',
  link: 'M9 15l6-6 M10.500 6.500l2-2a4.200 4.200 0 0 1 6 6l-2 2 M13.500 17.500l-2 2a4.200 4.200 0 0 1-6-6l2-2',
  download: 'M12 4v11 M7.500 11l4.500 4.500 4.500-4.500 M4.500 20h15',
  upload: 'M12 16V5 M7.500 9L12 4.500 16.500 9 M4.500 20h15',
  more: 'M5 12h.01 M12 12h.01 M19 12h.01',
  map: 'M3 6l6-2.500 6 2.500 6-2.500V18l-6 2.500L9 18l-6 2.500z M9 3.500V18 M15 6v14.500',
  grid: 'M4 4h16v16H4z M4 9.300h16 M4 14.700h16 M9.300 4v16 M14.700 4v16',
  panelLeft: 'M3 5h18v14H3z M9 5v14',
  panelRight: 'M3 5h18v14H3z M15 5v14',
  alignLeft: 'M4 3v18 M8 6h12v4H8z M8 14h7v4H8z',
  alignCenter: 'M12 3v18 M4 6h16v4H4z M7 14h10v4H7z',
  alignTop: 'M3 4h18 M6 8h4v12H6z M14 8h4v7h-4z',
  alignMiddle: 'M3 12h18 M6 4h4v16H6z M14 7h4v10h-4z',
  spreadX: 'M4 4v16 M20 4v16 M10 8h4v8h-4z',
  spreadY: 'M4 4h16 M4 20h16 M8 10h8v4H8z',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  server: 'M4 5h16v6H4z M4 13h16v6H4z M7.500 8h.01 M7.500 16h.01',
  play: 'M7 4.500l12 7.500-12 7.500z',
  stop: 'M6 6h12v12H6z',
  pause: 'M8 5v14 M16 5v14',
  power: 'M12 3v9 M6.300 7.200a8 8 0 1 0 11.400 0',
  forceOff: 'M13 2.500L5 13.500h6l-1 8 8-11h-6z',
  restart: 'M20 12a8 8 0 1 1-2.500-5.800L20 8.500 M20 4v4.500h-4.500',
  camera: 'M4 8h3.500l1.500-3h6l1.500 3H20v11H4z M12 13m-3.200 0a3.200 3.200 0 1 0 6.400 0a3.200 3.200 0 1 0-6.400 0',
  list: 'M9 6h11 M9 12h11 M9 18h11 M4.500 6h.01 M4.500 12h.01 M4.500 18h.01',
  people: 'M9 8m-3.500 0a3.500 3.500 0 1 0 7 0a3.500 3.500 0 1 0-7 0 M2.500 20c0-3.600 2.900-6 6.500-6s6.500 2.400 6.500 6 M16 4.800a3.500 3.500 0 0 1 0 6.400 M18 14.500c2.200.8 3.500 2.800 3.500 5.500',
  offline: 'M3 3l18 18 M5 12.500a10 10 0 0 1 4-2.400 M2 9a15 15 0 0 1 4.500-2.900 M11 6.600A15 15 0 0 1 22 9 M8.500 16a5 5 0 0 1 6-.8 M12 19.500h.01 M15.500 10.800a10 10 0 0 1 3.500 1.700',
  edit: 'M4 20l1-4.500L16 4.500l3.500 3.500L8.500 19z M13.500 7l3.500 3.500',
  unplugged: 'M3 12h4 M7 8v8 M7 12m0-4a4 4 0 0 1 0 8 M21 12h-3 M18 8.500v7 M18 8.500a3.500 3.500 0 0 0 0 7 M15 10.500h-2.500 M15 13.500h-2.500 M10 5l1.500 2 M10 19l1.500-2',
  plugged: 'M3 12h4 M21 12h-4 M7 8h5v8H7z M12 7h5v10h-5z',
  reach: 'M3 18c2-9 8-12 15-9 M14 4.500l4.500 4.500L13 12 M14 18l2.500 2.500L21 16',
  terminal: 'M3 5h18v14H3z M7 10l3 2.500-3 2.500 M12.500 15h4',
  screen: 'M3 5h18v11H3z M9 20h6 M12 16v4',
  expand: 'M14 4h6v6 M20 4l-7 7 M10 20H4v-6 M4 20l7-7',
  window: 'M14 4h6v6 M20 4l-9 9 M17 14v6H4V7h6',
  collapse: 'M6 10l6-6 6 6 M6 20l6-6 6 6',
} as const
export type Command = keyof typeof COMMANDS

/** The two halves of an unplugged cable, drawn in its middle. */
export const UNPLUGGED = COMMANDS.unplugged

export const Icon = ({ name, ...props }: Props & { name: Command }): ReactElement => (
  <Drawn path={COMMANDS[name]} {...props} />
)
