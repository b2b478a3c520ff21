/** Which hypervisor each drawn host is bound to. */

import { Badge, Button, Group, Modal, Select, Stack, Table, Text } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { ReactElement } from 'react'
import type { Hypervisor } from '@/live/messages.ts'
import { natural, titleOf } from '@/model/records.ts'
import { actions, useDesign, useStore, useUi } from '@/store/index.ts'

export function PlacementDialog(): ReactElement {
  const open = useUi((ui) => ui.dialog === 'placement')
  const close = (): void => actions.setUi({ dialog: null })
  return (
    <Modal opened={open} onClose={close} title="Placement" size="lg">
      {open && <Places onClose={close} />}
    </Modal>
  )
}

function Places({ onClose }: { onClose: () => void }): ReactElement {
  const design = useDesign()
  const hypervisors = useStore((state) => state.hypervisors)
  const kept = useStore((state) => state.placement)
  const [placement, setPlacement] = useState<Record<string, string>>({ ...kept })
  const [busy, setBusy] = useState(false)
  const hosts = useMemo(
    () =>
      Object.keys(design.nodes)
        .filter((id) => design.nodes[id]?.kind === 'host')
        .sort(natural),
    [design],
  )
  const save = (): void => {
    setBusy(true)
    void actions.savePlacement(placement).then((saved) => {
      setBusy(false)
      if (saved) onClose()
    })
  }
  if (hosts.length === 0) return <Text size="sm">The drawing has no host yet.</Text>
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        A drawn host is a slot; here it gets its machine. What is deployed already moves at the next
        deploy.
      </Text>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Host</Table.Th>
            <Table.Th>Hypervisor</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {hosts.map((host) => {
            const chosen = hypervisors.find((one) => one.id === placement[host])
            return (
              <Table.Tr key={host}>
                <Table.Td>{titleOf(host, design.nodes[host])}</Table.Td>
                <Table.Td>
                  <Select
                    aria-label={`Hypervisor of ${host}`}
                    data-testid={`place-${host}`}
                    data={hypervisors.map((one) => ({
                      value: one.id,
                      label: one.connected ? one.name : `${one.name} (silent)`,
                    }))}
                    value={placement[host] ?? null}
                    onChange={(id) => {
                      if (id !== null) setPlacement({ ...placement, [host]: id })
                    }}
                    placeholder="Chosen at deploy"
                    allowDeselect={false}
                  />
                  {chosen !== undefined && <About hypervisor={chosen} />}
                </Table.Td>
              </Table.Tr>
            )
          })}
        </Table.Tbody>
      </Table>
      {hypervisors.length === 0 && (
        <Text size="sm">
          No hypervisor is registered. The page Hypervisors says how to add one.
        </Text>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button onClick={save} loading={busy} data-testid="save-placement">
          Save
        </Button>
      </Group>
    </Stack>
  )
}

function About({ hypervisor }: { hypervisor: Hypervisor }): ReactElement {
  const missing = (hypervisor as { missing?: { feature: string; title: string }[] }).missing ?? []
  return (
    <Group gap={4} mt={4}>
      {!hypervisor.connected && (
        <Badge size="sm" color="yellow" variant="light">
          ! not connected
        </Badge>
      )}
      {missing.map((one) => (
        <Badge key={one.feature} size="sm" color="gray" variant="light" title={one.title}>
          no {one.feature}
        </Badge>
      ))}
    </Group>
  )
}
