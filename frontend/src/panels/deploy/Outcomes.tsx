/** What happened on which hypervisor, where a deployment did not go through. */

import { Alert, List, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Deployment } from '@/live/messages.ts'
import { outcomes } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { StateSign } from './StateSign.tsx'
import { stateOf } from './words.ts'

/** Its own message where there is nothing more to say than that. */
export function Outcomes({ deployment }: { deployment: Deployment }): ReactElement | null {
  const lines = outcomes(deployment)
  if (deployment.message === '' && lines.length === 0) return null
  return (
    <Alert
      color={stateOf(deployment).color}
      p="xs"
      style={{ flex: 'none' }}
      role={deployment.state === 'failed' ? 'alert' : 'status'}
    >
      {lines.length === 0 ? deployment.message : <Lines lines={lines} />}
    </Alert>
  )
}

function Lines({ lines }: { lines: readonly Outcome[] }): ReactElement {
  return (
    <List listStyleType="none" spacing={4} data-testid="outcomes" aria-label="What happened where">
      {lines.map((one) => (
        <List.Item
          key={one.name}
          data-testid={`outcome-${one.name}`}
          icon={
            <Text span c={`var(--tl-state-${one.sign})`} style={{ display: 'flex' }}>
              <StateSign state={one.sign} />
            </Text>
          }
          styles={{ itemWrapper: { alignItems: 'flex-start' }, itemIcon: { marginTop: 3 } }}
        >
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            <b>{one.name}</b> {one.words}.
          </Text>
        </List.Item>
      ))}
    </List>
  )
}
