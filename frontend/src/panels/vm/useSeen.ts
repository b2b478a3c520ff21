/** What there is to know before something is asked of a VM, kept up to date. */

import type { VmAction } from '@/live/messages.ts'
import { ref } from '@/model/records.ts'
import type { Circumstances } from '@/model/vms.ts'
import { circumstances, useStatus, useStore } from '@/store/index.ts'
import { useShallow } from 'zustand/react/shallow'

export function useSeen(id: string): Circumstances<VmAction> {
  const status = useStatus(ref('nodes', id))
  const now = useStore(useShallow((state) => circumstances(state, id)))
  return { ...now, status }
}
