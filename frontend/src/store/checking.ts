/** Drawing checks: what must, or must not, be reached from where. */

import type { NewCheck } from '@/model/checking.ts'
import { addCheck as adding, checkTitle, whyNoCheck } from '@/model/checking.ts'
import { apply } from '@/model/edits.ts'
import { ref } from '@/model/records.ts'
import { select } from './looking.ts'
import { announce, notify } from './notices.ts'
import { get, setUi } from './state.ts'
import { commit } from './sync.ts'

/** Draws a check; gives its id, or says why not. */
export function addCheck(given: NewCheck): string | undefined {
  const { design, kinds } = get()
  const reason = whyNoCheck(design, given.source, given.target)
  if (reason !== undefined) {
    notify('warning', 'No check can be drawn', reason)
    return undefined
  }
  const made = adding(design, kinds, given)
  const record = apply(design, made.edit).checks[made.id]
  const words = record ? checkTitle(design, record) : made.id
  commit(`Add check: ${words}`, made.edit)
  setUi({ checks: true })
  select([ref('checks', made.id)])
  announce(`Added the check: ${words}.`)
  return made.id
}
