/** The line below a VM's title: what it is doing, or what is being done to it. */

import type { ReactElement } from 'react'
import { Icon, PowerIcon } from '@/icons/index.tsx'
import type { Status } from '@/live/messages.ts'
import { DOING, POWER_WORDS, isOpen, nextStartOf, powerOf } from '@/model/vms.ts'
import { useStore } from '@/store/index.ts'

export function PowerLine({
  id,
  status,
  small,
  leases,
}: {
  id: string
  status: Status | undefined
  small: string
  leases: readonly string[]
}): ReactElement {
  const doing = useStore((state) => {
    const last = state.vmActions[id]
    return last && isOpen(last) ? DOING[last.action] : undefined
  })
  const power = powerOf(status)
  const words = doing ?? (power && POWER_WORDS[power])
  // The sign alone says that it runs, as it should: its address wants the room.
  const short = doing === undefined && power === 'running'
  const waits = nextStartOf(status).join(', ')
  return (
    <span className="tl-device-small" title={words === undefined ? small : `${words} · ${small}`}>
      {words === undefined ? null : (
        <span
          className="tl-power"
          data-power={doing === undefined ? power : 'doing'}
          data-testid={`power-${id}`}
        >
          {doing === undefined && power !== undefined ? (
            <PowerIcon power={power} size={11} />
          ) : (
            <Icon name="restart" size={11} strokeWidth={2.4} />
          )}
          <span className={short ? 'tl-sr' : undefined}>{words}</span>
        </span>
      )}
      {waits === '' ? null : (
        <span
          className="tl-next-start"
          data-testid={`next-start-${id}`}
          title={`At its next start: ${waits}`}
        >
          <span className="tl-sr">, at its next start: {waits}</span>
          <Icon name="restart" size={11} strokeWidth={2.4} />
        </span>
      )}
      {words === undefined ? null : short ? ' ' : ' · '}
      {leases.length > 0 ? (
        <span
          data-testid={`leases-${id}`}
          title={`Leased: ${leases.join(', ')}. ${small}`}
        >
          <span className="tl-sr">leased </span>
          <span className="tl-lease">{leases[0]?.replace(/\/.*/, '')}</span>
          {leases.length > 1 ? ` +${leases.length - 1}` : ` · ${small}`}
        </span>
      ) : (
        small
      )}
    </span>
  )
}
