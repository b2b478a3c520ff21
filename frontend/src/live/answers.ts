/** What came of a check, in words that say whether that is as it should be. */

import type { Expect } from '@/model/checking.ts'
import { EXPECT_WORDS } from '@/model/checking.ts'
import type { State } from './messages.ts'

export interface Answer {
  words: string
  /** In two words, for the canvas; before anybody asked, what is expected. */
  brief: string
  sign: State
}

/** Of a check that was not run since it was drawn there is no state. */
export function answerOf(expect: Expect, state: State | undefined): Answer {
  const reach = expect === 'reach'
  switch (state) {
    case undefined:
      return { words: 'Not run yet', brief: EXPECT_WORDS[expect], sign: 'absent' }
    case 'ok':
      return reach
        ? { words: 'Reached', brief: 'reached', sign: state }
        : { words: 'Not reached, as it should be', brief: 'kept apart', sign: state }
    case 'failed':
      return reach
        ? { words: 'Not reached', brief: 'not reached', sign: state }
        : { words: 'Reached, and must not be', brief: 'reached, must not', sign: state }
    case 'applying':
    case 'pending':
      return { words: 'Asking…', brief: 'asking…', sign: 'applying' }
    default:
      return { words: 'No answer known', brief: 'not known', sign: 'unknown' }
  }
}
