/** Asks before a lab is taken off its hypervisors, and says what will go. */

import { Button, Group, List, Modal, Stack, Text } from '@mantine/core'
import { useEffect, useMemo, useReducer } from 'react'
import type { ReactElement } from 'react'
import type { NodeRecord } from '@/model/records.ts'
import { actions, statuses, useStore } from '@/store/index.ts'
import { sayGivenBack } from './guarded.ts'

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
  const givenBack = useGivenBack()
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
      {givenBack.length > 0 && (
        <Stack gap={4} data-testid="given-back">
          {givenBack.map((words) => (
            <Text key={words} size="sm">
              {words}
            </Text>
          ))}
          <Text size="sm">
            Unless this server is reached again soon after, they are put back on the bridge by themselves.
          </Text>
        </Stack>
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

/** As it is now: what was observed can come after the dialog is open. */
function useGivenBack(): string[] {
  const [, redraw] = useReducer((times: number) => times + 1, 0)
  useEffect(() => statuses.subscribeAll(redraw), [])
  return sayGivenBack(statuses.all().values())
}

const MADE: readonly [kind: string, one: string, many: string][] = [
  ['vm', 'VM', 'VMs'],
  ['container', 'container', 'containers'],
  ['router', 'router', 'routers'],
  ['bridge', 'bridge', 'bridges'],
  ['network', 'network', 'networks'],
]

/** A network of the hypervisor's own is used, and stays. */
const isMade = (node: NodeRecord): boolean => !node['existing']

function useCounts(): [string, number][] {
  const design = useStore((state) => state.design)
  return useMemo(() => {
    const nodes = Object.values(design.nodes).filter(isMade)
    const found: [string, number][] = []
    for (const [kind, one, many] of MADE) {
      const count = nodes.filter((node) => node.kind === kind).length
      if (count > 0) found.push([count === 1 ? one : many, count])
    }
    return found
  }, [design])
}
