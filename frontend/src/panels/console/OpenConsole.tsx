/** The buttons that open a VM's consoles. */

import type { ReactElement } from 'react'
import { Button, Group } from '@mantine/core'
import { Icon } from '@/icons/index.tsx'
import { ref } from '@/model/records.ts'
import { actions, useNode, useStatus } from '@/store/index.ts'

export function OpenConsole({ vm }: { vm: string }): ReactElement | null {
  const stands = useStatus(ref('nodes', vm)) !== undefined
  const graphics = useNode(vm)?.['graphics'] === 'vnc'
  if (!stands) return null
  return (
    <Group gap="xs">
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<Icon name="terminal" size={15} />}
        onClick={() => actions.openConsole(vm, 'serial')}
      >
        Open console
      </Button>
      {graphics ? (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Icon name="screen" size={15} />}
          onClick={() => actions.openConsole(vm, 'graphics')}
        >
          Open screen
        </Button>
      ) : null}
    </Group>
  )
}
