/**
 * The picture of a lab as SVG, made from the model: a copy of the page would miss what is not on
 * screen. The PNG is the same picture, drawn by the browser.
 */

import { answerOf } from '@/live/answers.ts'
import {
  EXPECT_PATHS,
  KIND_PATHS,
  STATE_PATHS,
  UNPLUGGED,
  VLAN_DASHES,
  vlanPattern,
  vlanSlot,
} from '@/icons/index.tsx'
import { linkVlans } from '@/model/link-vlans.ts'
import { forwardWords, forwardsTo, portWords } from '@/model/forwards.ts'
import type { Design, NodeRecord } from '@/model/records.ts'
import { ref, titleOf } from '@/model/records.ts'
import { linkStatus, statuses } from '@/store/index.ts'
import type { CheckLine, Port, Scene } from './geometry/index.ts'
import { HEADER, arrowOf, badgesOf, curve, endsOf, extent, placing } from './geometry/index.ts'
import type { Colours } from './palette-of-colours.ts'
import { shown } from '@/model/vlans.ts'
import { FORWARD_ROW, forwardStripOf } from './forward-strip.ts'
import { ROW, stripOf } from './strip.ts'
import { modeOf, subtitle } from './words.ts'

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

export function svgOf(
  design: Design,
  scene: Scene,
  colours: Colours,
  checks = true,
): string {
  const all = extent(scene, checks) ?? { x: 0, y: 0, width: 320, height: 200 }
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
    out.push(vlanOf(design, line.id, path, colours))
    const dash = !link.plugged
      ? ' pathLength="100" stroke-dasharray="40 20 40"'
      : state && state !== 'ok'
        ? ' stroke-dasharray="6 4"'
        : ''
    out.push(
      `<path d="${path}" fill="none" stroke="${state ? colours.states[state] : colours.cable}" stroke-width="${state === 'ok' ? 2.25 : 1.75}"${dash}/>`,
    )
    if (!link.plugged)
      out.push(icon(UNPLUGGED, middle.x - 9, middle.y - 9, 18, state ? colours.states[state] : colours.dim))
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
      text(x + 48, y + 21, headOf(design, box.id, record), 13, 600, colours.text, room),
      text(x + 48, y + 37, subtitle(design, box.id, record), 11, 400, colours.dim, room),
      stateMark(box.id, x + box.width - 4, y + 4, colours),
      ...strip(design, box.id, record, x + 16, y + (record.kind === 'segment' ? 64 : 59), colours, box.width - 32),
    )
    for (const port of scene.ports.get(box.id) ?? [])
      out.push(
        numberAt(design, port, x, y, colours),
        `<circle cx="${x + port.x}" cy="${y + port.y}" r="4" fill="${port.linked ? colours.cable : colours.node}" stroke="${port.linked ? colours.node : colours.cable}" stroke-width="1.5"/>`,
      )
  }
  if (checks) for (const line of scene.checks) out.push(...drawnCheck(design, scene, line, colours))
  out.push('</svg>')
  return out.filter(Boolean).join('\n')
}

/** The VLAN that a cable is in, below it. */
function vlanOf(design: Design, link: string, path: string, colours: Colours): string {
  const access = linkVlans(design).get(link)?.access
  if (access === undefined) return ''
  const dash = VLAN_DASHES[vlanPattern(access)]
  return (
    `<path d="${path}" fill="none" stroke="${colours.vlans[vlanSlot(access)] ?? colours.cable}" ` +
    `stroke-width="7" stroke-opacity=".5"${dash ? ` stroke-dasharray="${dash}"` : ''}/>`
  )
}

function numberAt(design: Design, port: Port, x: number, y: number, colours: Colours): string {
  const record = port.interface === undefined ? undefined : design.interfaces[port.interface]
  if (record?.vlan == null) return ''
  const down = port.side === 'top' ? -12 : 20
  return (
    `<text x="${x + port.x}" y="${y + port.y + down}" text-anchor="middle" font-size="11" ` +
    `font-weight="600" fill="${colours.text}" stroke="${colours.host}" stroke-width="4" ` +
    `paint-order="stroke">${record.vlan}</text>`
  )
}

/** The title, with the ports that lead to a machine, or with the mode of a network. */
const headOf = (design: Design, id: string, node: NodeRecord): string =>
  [
    titleOf(id, node),
    ...forwardsTo(design, id).map((one) => portWords(one.forward)),
    modeOf(node),
  ]
    .filter(Boolean)
    .join('  ')

function strip(
  design: Design,
  id: string,
  node: NodeRecord,
  x: number,
  y: number,
  colours: Colours,
  room: number,
): string[] {
  const [rows, height] =
    node.kind === 'segment'
      ? [passingRows(design, id), ROW]
      : [forwardRows(design, node), FORWARD_ROW]
  return rows.map((row, index) => text(x, y + index * height, row, 11, 400, colours.text, room))
}

const passingRows = (design: Design, segment: string): string[] =>
  stripOf(design, segment).rows.map(({ vlans, untagged, hosts }) => {
    const names = hosts.map((host) => titleOf(host, design.nodes[host])).join(' – ')
    const ids = [untagged && 'untagged', vlans.length > 0 && shown(vlans)].filter(Boolean).join(', ')
    return `${ids}: ${names}`
  })

function forwardRows(design: Design, node: NodeRecord): string[] {
  const { rows, more } = forwardStripOf(node)
  return rows.map((one, index) => {
    const words = forwardWords(design, one)
    return more > 0 && index === rows.length - 1 ? `${words}  +${more}` : words
  })
}

function drawnCheck(design: Design, scene: Scene, line: CheckLine, colours: Colours): string[] {
  const arrow = arrowOf(scene, line)
  const check = design.checks[line.id]
  if (!arrow || !check) return []
  const state = statuses.get(ref('checks', line.id))?.state
  const colour = state ? colours.states[state] : colours.accent
  const { x, y } = badgesOf(scene).get(line) ?? arrow.middle
  const words = answerOf(check.expect, state).brief
  const width = words.length * 6.2 + 30
  const tip =
    check.expect === 'reach'
      ? `<path d="M0 0L-11 -5.5V5.5Z" fill="${colour}"`
      : `<path d="M-9 -5.5L-3 0L-9 5.5M0 -7.5V7.5" fill="none" stroke="${colour}" stroke-width="2.2"`
  return [
    `<path d="${arrow.path}" fill="none" stroke="${colour}" stroke-width="1.75" stroke-dasharray="11 5"/>`,
    `${tip} transform="translate(${arrow.to.x} ${arrow.to.y}) rotate(${arrow.angle})"/>`,
    `<rect x="${x - width / 2}" y="${y - 10}" width="${width}" height="20" rx="10" fill="${colours.node}" stroke="${colour}" stroke-width="1.5"/>`,
    icon(EXPECT_PATHS[check.expect], x - width / 2 + 6, y - 6.5, 13, colours.text),
    text(x - width / 2 + 23, y + 4, words, 11, 600, colours.text, width),
  ]
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
