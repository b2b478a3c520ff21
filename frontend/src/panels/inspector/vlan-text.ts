/** A list of VLANs as a person types it, "10, 20, 100-110": read, or refused in words. */

import type { Json } from '@/model/records.ts'
import { LEAST_VLAN, MOST_VLAN, idsOf, shown as inWords, written } from '@/model/vlans.ts'

export type Vlans = (number | string)[]
export type Typed = { value: Vlans; problem?: undefined } | { value?: undefined; problem: string }

/** Reads what was typed; of several mistakes it names the first. */
export function typed(text: string): Typed {
  const words = text
    .replace(/\s*[-–—]\s*/g, '-')
    .split(/[\s,;]+/)
    .filter((word) => word !== '')
  const from = new Map<number, string>()
  for (const word of words) {
    const ends = endsOf(word)
    if (typeof ends === 'string') return { problem: ends }
    for (let id = ends[0]; id <= ends[1]; id++) {
      const before = from.get(id)
      if (before !== undefined) return { problem: twice(id, before, word) }
      from.set(id, word)
    }
  }
  return { value: written(from.keys()) }
}

function endsOf(word: string): [number, number] | string {
  const match = /^(\d+)(?:-(\d+))?$/.exec(word)
  if (!match) return `“${word}” is no VLAN. Write ids and ranges, such as 10, 20, 100-110.`
  const first = Number(match[1])
  const last = Number(match[2] ?? match[1])
  const wrong = [first, last].find((id) => id < LEAST_VLAN || id > MOST_VLAN)
  if (wrong !== undefined)
    return `${wrong} is no VLAN id: they go from ${LEAST_VLAN} to ${MOST_VLAN}.`
  if (match[2] !== undefined && first >= last)
    return first === last
      ? `${word} is a range of one: write ${first}.`
      : `${word} runs backwards: write ${last}-${first}.`
  return [first, last]
}

const twice = (id: number, before: string, word: string): string =>
  before === word
    ? `${word} stands here twice: leave one out.`
    : `${id} stands here twice, in ${before} and in ${word}: leave one out.`

/** A kept list as one reads and types it: "10, 20, 100-110", or nothing. */
export function shown(value: Json | undefined): string {
  const ids = idsOf(value)
  return ids.length === 0 ? '' : inWords(ids)
}
