/** A plan that changes a NIC with the hypervisor's own addresses, or its default route: said
 * before, and asked about. */

import { Alert, Button, Group, List, Modal, Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Deployment, Part } from '@/live/messages.ts'
import { isReached, reachedBy, sayGuarded, sayMoves } from './guarded.ts'

/** On the card of a hypervisor, as long as the plan is to be agreed to or carried out. */
export function GuardedNotice({ part }: { part: Part }): ReactElement | null {
  if (part.guarded === null || !['planned', 'applying'].includes(part.state) || part.putting_back)
    return null
  const management = isReached(part)
  return (
    <Alert
      color={management ? 'orange' : 'blue'}
      mt="xs"
      p="xs"
      role="note"
      data-testid={`guarded-${part.hypervisor.name}`}
      title={management ? `Changes how ${part.hypervisor.name} is reached` : undefined}
    >
      <Text size="sm">{sayGuarded(part)}</Text>
    </Alert>
  )
}

interface AskProps {
  deployment: Deployment
  opened: boolean
  onClose: () => void
  onAgree: () => void
}

/** Before a plan is applied that changes how a hypervisor is reached; for no other. */
export function GuardedDialog({ deployment, opened, onClose, onAgree }: AskProps): ReactElement {
  const parts = deployment.parts.filter(isReached)
  const seconds = Math.max(0, ...parts.map((part) => part.guarded?.seconds ?? 0))
  const one = parts.length === 1
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={one ? 'Change how it is reached?' : 'Change how they are reached?'}
    >
      <Stack>
        <List size="sm">
          {parts.map((part) => (
            <List.Item key={part.hypervisor.id}>
              {reachedBy(part)} {sayMoves(part)}
            </List.Item>
          ))}
        </List>
        <Text size="sm">
          Addresses and routes change in one step. Then this server must be reached over a new
          connection within {seconds} s.
        </Text>
        <Text size="sm">
          If it is not, a program on the hypervisor puts everything back as it is now, with or without
          its agent. Until then {one ? 'it' : 'they'} cannot be reached.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Not now
          </Button>
          <Button color="orange.8" onClick={onAgree} data-testid="guarded-confirm">
            Apply it
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
