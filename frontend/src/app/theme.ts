import type { MantineColorsTuple } from '@mantine/core'
import { Badge, Modal, Tooltip, createTheme } from '@mantine/core'

const indigo: MantineColorsTuple = [
  '#eef2ff',
  '#e0e7ff',
  '#c7d2fe',
  '#a5b4fc',
  '#818cf8',
  '#6366f1',
  '#4f46e5',
  '#4338ca',
  '#3730a3',
  '#312e81',
]

/** Mantine's dark greys in the canvas's own hue. */
const dark: MantineColorsTuple = [
  '#e7eaf0',
  '#c3cad6',
  '#98a3b5',
  '#6d788a',
  '#3a4352',
  '#2b323e',
  '#1f2530',
  '#161a21',
  '#12161c',
  '#0d1015',
]

export const theme = createTheme({
  primaryColor: 'indigo',
  // Lighter ones carry no white text with enough contrast (WCAG AA).
  primaryShade: 6,
  colors: { indigo, dark },
  defaultRadius: 'md',
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } }),
    Badge: Badge.extend({ defaultProps: { tt: 'none', fw: 600 } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 350, withArrow: false, fz: 'xs' } }),
  },
})
