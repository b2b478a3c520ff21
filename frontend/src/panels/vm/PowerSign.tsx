/** Whether a VM runs, as a sign and in words. */

import { Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { PowerIcon } from '@/icons/index.tsx'
import type { Power } from '@/model/vms.ts'
import { POWER_WORDS } from '@/model/vms.ts'

export function PowerSign({ power }: { power: Power }): ReactElement {
  return (
    <Text size="sm" component="span" className="tl-power" data-power={power} data-testid="power">
      <PowerIcon power={power} size={13} />
      {POWER_WORDS[power]}
    </Text>
  )
}
