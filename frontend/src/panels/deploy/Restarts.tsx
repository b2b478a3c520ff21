/** VMs that run, and what of a plan needs them to be started anew: now, or whenever they are next. */

import { Alert, Button, Group, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { actions } from '@/store/index.ts'
import type { Deployment } from '@/live/messages.ts'
import { splitRef } from '@/model/records.ts'
import type { Ref } from '@/model/records.ts'
import { plural } from './words.ts'

const SHOWN = 12

/** Before Apply: what runs now and will be stopped and started for the change. */
export function Restarts({ deployment }: { deployment: Deployment }): ReactElement | null {
  const refs = deployment.parts.flatMap((part) => part.restarts as Ref[])
  if (refs.length === 0) return null
  return (
    <Alert
      color="orange"
      style={{ flex: 'none' }}
      title={`Apply restarts ${plural(refs.length, 'VM')}`}
      data-testid="restarts"
    >
      <Text size="sm">What runs in them ends, and they boot again. All else changes while they run.</Text>
      <Vms refs={refs} />
      {deployment.at_next_start ? (
        <Text size="sm" mt={4}>
          What is still listed here cannot wait for their next start.
        </Text>
      ) : (
        <Button
          size="xs"
          mt={8}
          variant="default"
          data-testid="at-next-start"
          onClick={() =>
            void actions.deploy(deployment.kind, { auto: false, at_next_start: true })
          }
        >
          Leave it to their next start
        </Button>
      )}
    </Alert>
  )
}

/** What runs on, with another definition for its next start. */
export function Waits({ deployment }: { deployment: Deployment }): ReactElement | null {
  const refs = deployment.parts.flatMap((part) => part.waits as Ref[])
  if (refs.length === 0 || !['planned', 'applying', 'done'].includes(deployment.state)) return null
  return (
    <Alert
      color="gray"
      style={{ flex: 'none' }}
      title={`${plural(refs.length, 'VM')}: the rest at the next start`}
      data-testid="waits"
    >
      <Text size="sm">
        Nothing is restarted. What needs it comes when a VM is shut down and started again; that its
        guest reboots is not enough.
      </Text>
      <Vms refs={refs} />
    </Alert>
  )
}

function Vms({ refs }: { refs: readonly Ref[] }): ReactElement {
  return (
    <Group gap={4} mt={4}>
      {refs.slice(0, SHOWN).map((at) => (
        <Button key={at} size="compact-sm" variant="default" onClick={() => actions.focusOn(at)}>
          {splitRef(at)[1]}
        </Button>
      ))}
      {refs.length > SHOWN && <Text size="sm">and {refs.length - SHOWN} more</Text>}
    </Group>
  )
}
