/** What is written at a cable, and where: only what there is room for between its two boxes. */

export interface LabelLine {
  text: string
  style?: string
  /** The first to go where not all of them fit. */
  least?: true
}

/** Of a line and of a letter, units of the plane, roughly: the plane has no ruler. */
const LINE = 12.65
const LETTER = 6.2
/** What stays free beside; above a line its own leading does. */
const FREE = 4

/**
 * The lines that fit, and how far the last one's foot is below the middle of the cable. They stand
 * above the middle, or, where there is no room for that and nothing marks it, around it.
 */
export function fitted(
  lines: readonly LabelLine[],
  room: { width: number; height: number },
  marked: boolean,
): { lines: readonly LabelLine[]; foot: number } {
  const foot = marked ? -13 : -4
  const narrow = lines.filter(({ text }) => text.length * LETTER + 2 * FREE <= room.width)
  const above = Math.floor((room.height / 2 + foot) / LINE)
  if (narrow.length <= above) return { lines: narrow, foot }
  if (marked) return { lines: most(narrow, above), foot }
  const kept = most(narrow, Math.floor((room.height - FREE) / LINE))
  return { lines: kept, foot: kept.length <= above ? foot : (kept.length * LINE) / 2 - 3 }
}

function most(lines: readonly LabelLine[], count: number): readonly LabelLine[] {
  if (lines.length <= count) return lines
  return lines.filter(({ least }) => least !== true).slice(0, Math.max(0, count))
}
