/** Asks before a lab is taken off its hypervisors, and says what will go. */

import { Button, Group, List, Modal, Stack, Text } from '@mantine/core'
import { useMemo } from 'react'
import type { ReactElement } from 'react'
import { actions, useStore } from '@/store/index.ts'

export function DestroyDialog(): ReactElement {
  const open = useStore((state) => state.ui.dialog === 'destroy')
  const close = (): void => actions.setUi({ dialog: null })
  return (
    <Modal opened={open} onClose={close} title="Destroy the deployment?">
      <Question onClose={close} />
    </Modal>
  )
}

function Question({ onClose }: { onClose: () => void }): ReactElement {
  const counts = useCounts()
  const destroy = (): void => {
    onClose()
    void actions.deploy('destroy')
  }
  return (
    <Stack>
      <Text size="sm">
        Everything that this lab made on its hypervisors goes, and nothing else. The drawing stays and
        can be deployed again.
      </Text>
      {counts.length > 0 && (
        <List size="sm">
          {counts.map(([what, count]) => (
            <List.Item key={what}>
              {count} {what}
            </List.Item>
          ))}
        </List>
      )}
      <Text size="sm">Disks of its VMs are lost with what was written to them.</Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          Keep it
        </Button>
        <Button color="red" onClick={destroy} data-testid="destroy-confirm">
          Destroy
        </Button>
      </Group>
    </Stack>
  )
}

const MADE: readonly [kind: string, one: string, many: string][] = [
  ['vm', 'VM', 'VMs'],
  ['container', 'container', 'containers'],
  ['router', 'router', 'routers'],
  ['bridge', 'bridge', 'bridges'],
]

function useCounts(): [string, number][] {
  const design = useStore((state) => state.design)
  return useMemo(() => {
    const nodes = Object.values(design.nodes)
    const found: [string, number][] = []
    for (const [kind, one, many] of MADE) {
      const count = nodes.filter((node) => node.kind === kind).length
      if (count > 0) found.push([count === 1 ? one : many, count])
    }
    return found
  }, [design])
}
