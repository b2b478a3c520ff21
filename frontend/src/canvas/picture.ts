/**
 * The picture of a lab as SVG, made from the model: a copy of the page would miss what is not on
 * screen. The PNG is the same picture, drawn by the browser.
 */

import { KIND_PATHS, STATE_PATHS } from '@/icons/index.tsx'
import type { Design } from '@/model/records.ts'
import { ref, titleOf } from '@/model/records.ts'
import { linkStatus, statuses } from '@/store/index.ts'
import type { Scene } from './geometry/index.ts'
import { HEADER, bounds, curve, endsOf, placing } from './geometry/index.ts'
import type { Colours } from './palette-of-colours.ts'
import { subtitle } from './words.ts'

const ROOM = 48

const escape = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

/** Cuts a text to what fits, roughly: the picture has no ruler. */
const fit = (text: string, width: number, size: number): string => {
  const most = Math.max(4, Math.floor(width / (size * 0.56)))
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}

export function svgOf(design: Design, scene: Scene, colours: Colours): string {
  const all = bounds(scene) ?? { x: 0, y: 0, width: 320, height: 200 }
  const [x0, y0] = [all.x - ROOM, all.y - ROOM]
  const [width, height] = [all.width + 2 * ROOM, all.height + 2 * ROOM]
  const at = placing(scene.boxes)
  const out: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="${x0} ${y0} ${width} ${height}" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif">`,
    `<title>${escape(design.name || 'Lab')}</title>`,
    `<rect x="${x0}" y="${y0}" width="${width}" height="${height}" fill="${colours.canvas}"/>`,
  ]
  for (const box of scene.boxes.values()) {
    if (box.kind !== 'host') continue
    out.push(
      `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="14" fill="${colours.host}" stroke="${colours.hostLine}"/>`,
      `<path d="M${box.x + 0.5} ${box.y + HEADER}v${14 - HEADER}q0 -13.5 13.5 -13.5h${box.width - 28}q13.5 0 13.5 13.5v${HEADER - 14}z" fill="${colours.hostHead}"/>`,
      icon(KIND_PATHS.host, box.x + 14, box.y + 15, 18, colours.kinds.host),
      text(box.x + 42, box.y + HEADER / 2 + 5, titleOf(box.id, design.nodes[box.id]), 14, 600, colours.text, box.width - 80),
      stateMark(box.id, box.x + box.width - 24, box.y + 24, colours),
    )
  }
  for (const line of scene.lines) {
    const ends = endsOf(scene, at, line)
    const link = design.links[line.id]
    if (!ends || !link) continue
    const { path, middle } = curve(ends)
    const state = linkStatus(line.id, link)?.state
    const dash = state && state !== 'ok' ? ' stroke-dasharray="6 4"' : ''
    out.push(
      `<path d="${path}" fill="none" stroke="${state ? colours.states[state] : colours.cable}" stroke-width="${state === 'ok' ? 2.25 : 1.75}"${dash}/>`,
    )
    if (link.label)
      out.push(
        `<text x="${middle.x}" y="${middle.y - 4}" text-anchor="middle" font-size="11" fill="${colours.dim}" stroke="${colours.canvas}" stroke-width="3" paint-order="stroke">${escape(link.label)}</text>`,
      )
  }
  for (const box of scene.boxes.values()) {
    const record = design.nodes[box.id]
    if (box.kind === 'host' || !record) continue
    const { x, y } = at(box.id)
    const room = box.width - 52
    out.push(
      `<rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="10" fill="${colours.node}" stroke="${colours.nodeLine}"/>`,
      `<rect x="${x + 8}" y="${y + 8}" width="32" height="32" rx="7" fill="${colours.kinds[box.kind]}" fill-opacity=".14"/>`,
      icon(KIND_PATHS[box.kind], x + 14, y + 14, 20, colours.kinds[box.kind]),
      text(x + 48, y + 21, titleOf(box.id, record), 13, 600, colours.text, room),
      text(x + 48, y + 37, subtitle(design, box.id, record), 11, 400, colours.dim, room),
      stateMark(box.id, x + box.width - 4, y + 4, colours),
    )
    for (const port of scene.ports.get(box.id) ?? [])
      out.push(
        `<circle cx="${x + port.x}" cy="${y + port.y}" r="4" fill="${port.linked ? colours.cable : colours.node}" stroke="${port.linked ? colours.node : colours.cable}" stroke-width="1.5"/>`,
      )
  }
  out.push('</svg>')
  return out.filter(Boolean).join('\n')
}

function icon(path: string, x: number, y: number, size: number, colour: string): string {
  return `<path d="${path}" transform="translate(${x} ${y}) scale(${size / 24})" fill="none" stroke="${colour}" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/>`
}

function text(
  x: number,
  y: number,
  words: string,
  size: number,
  weight: number,
  colour: string,
  room: number,
): string {
  if (!words) return ''
  return `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${colour}">${escape(fit(words, room, size))}</text>`
}

function stateMark(id: string, x: number, y: number, colours: Colours): string {
  const status = statuses.get(ref('nodes', id))
  if (!status) return ''
  const colour = colours.states[status.state]
  return (
    `<circle cx="${x}" cy="${y}" r="9" fill="${colour}"/>` +
    `<path d="${STATE_PATHS[status.state]}" transform="translate(${x - 6} ${y - 6}) scale(.5)" fill="none" stroke="${colours.node}" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/>`
  )
}

/** The same as PNG, twice as fine, as far as a canvas can be that large. */
export async function pngOf(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }))
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const scale = Math.min(2, 8000 / Math.max(image.width, image.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.max(1, Math.round(image.width * scale))
    canvas.height = Math.max(1, Math.round(image.height * scale))
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
    return await new Promise((resolve, reject) =>
      canvas.toBlob(
        (blob) => (blob ? resolve(blob) : reject(new Error('The picture is too large for a PNG.'))),
        'image/png',
      ),
    )
  } finally {
    URL.revokeObjectURL(url)
  }
}

/** Hands a file to the person. */
export function save(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
