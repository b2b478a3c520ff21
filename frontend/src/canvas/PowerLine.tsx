/** The line below a VM's title: what it is doing, or what is being done to it. */

import type { ReactElement } from 'react'
import { Icon, PowerIcon } from '@/icons/index.tsx'
import type { Status } from '@/live/messages.ts'
import { DOING, POWER_WORDS, isOpen, powerOf } from '@/model/vms.ts'
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
          {words}
        </span>
      )}
      {words === undefined ? null : ' · '}
      {leases.length > 0 ? (
        <span
          data-testid={`leases-${id}`}
          title={`Leased: ${leases.join(', ')}. ${small}`}
        >
          <span className="tl-sr">leased </span>
          <b>{leases[0]?.replace(/\/.*/, '')}</b>
          {leases.length > 1 ? ` +${leases.length - 1}` : ` · ${small}`}
        </span>
      ) : (
        small
      )}
    </span>
  )
}
