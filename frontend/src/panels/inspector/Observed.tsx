/** What was seen on the machine: the state in words, and the facts that belong to it. */

import { Box, Group, Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { STATE_HELP, STATE_WORDS } from '@/icons/index.tsx'
import type { Ref } from '@/model/records.ts'
import { useStatus } from '@/store/index.ts'
import { ago } from '../ago.ts'
import { StateSign } from '../deploy/StateSign.tsx'

const TITLES: Readonly<Record<string, string>> = {
  tap: 'Tap',
  mac: 'MAC address',
  addresses: 'Addresses',
  carrier: 'Carrier',
  brought: 'Brought along',
  stp_state: 'Spanning tree',
  index: 'Interface index',
  forwarding: 'Forwards',
  domain_state: 'libvirt says',
  forward: 'libvirt forwards',
  dhcp: 'DHCP',
  dhcp_range: 'DHCP range',
  leases: 'Leased',
  hostname: 'Calls itself',
  lease_until: 'Lease until',
  plugged: 'Plugged in',
  next_start: 'At next start',
}

/** Facts that another part of the inspector shows. */
const ELSEWHERE = new Set([
  ...['asked', 'asked_by', 'asked_at', 'running', 'domain_reason'],
  ...['snapshots', 'snapshots_at', 'snapshots_state', 'snapshots_current'],
])

export function Observed({ at }: { at: Ref }): ReactElement | null {
  const status = useStatus(at)
  if (status === undefined) return null
  const where = status.hypervisor === undefined ? '' : ` on ${status.hypervisor}`
  return (
    <Box
      className="tl-observed"
      data-testid="observed"
      data-state={status.state}
      style={{ '--state': `var(--tl-state-${status.state})` }}
    >
      <Stack gap={6}>
        <Group gap={6} wrap="nowrap">
          <Box component="span" c="var(--state)" display="flex">
            <StateSign state={status.state} />
          </Box>
          <Text size="sm" fw={600}>
            {STATE_WORDS[status.state]}
            {where}
          </Text>
          {status.state === 'unknown' && (
            <Text size="xs" c="dimmed">
              last seen {ago(status.at)}
            </Text>
          )}
        </Group>
        <Text size="sm">{status.detail || STATE_HELP[status.state]}</Text>
        {Object.entries(status.facts).filter(([name]) => !ELSEWHERE.has(name)).map(([name, value]) => (
          <Group key={name} gap="sm" wrap="nowrap" align="flex-start">
            <Text size="xs" c="dimmed" w={104} style={{ flex: 'none' }}>
              {TITLES[name] ?? capital(name.replaceAll('_', ' '))}
            </Text>
            <Text size="xs" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
              {said(value)}
            </Text>
          </Group>
        ))}
      </Stack>
    </Box>
  )
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function said(value: string | number | boolean | readonly unknown[]): string {
  if (Array.isArray(value)) return value.join(', ') || 'none'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return String(value)
}
