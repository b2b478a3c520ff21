/** The keys of the designer, as the keyboard help shows them; src/canvas/shortcuts.ts acts on them. */

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
