/** The time, again every so often, so that ages on the screen do not stand still. */

import { useEffect, useState } from 'react'

/** Milliseconds since the epoch; `every` in milliseconds too. */
export function useMoment(every = 15_000): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every)
    return () => clearInterval(timer)
  }, [every])
  return now
}
