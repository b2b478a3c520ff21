/** The page at `/hypervisors`: the machines that labs can be placed on, and how to add one. */

import { Alert, Badge, Card, Code, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { useEffect } from 'react'
import type { ReactElement } from 'react'
import { http } from '@/live/http.ts'
import { ago } from '../ago.ts'
import { PageFrame } from '../PageFrame.tsx'
import { StateSign } from '../deploy/StateSign.tsx'
import { sizeInWords } from '../images/api.ts'
import { UsageBar } from '../images/UsageBars.tsx'
import { useLoaded } from '../useLoaded.ts'
import { abilities } from './abilities.ts'
import type { Able } from './abilities.ts'

interface Nic {
  name: string
  mac: string
  mtu: number
  up: boolean
  addresses: string[]
  protected: boolean
  management?: boolean
  unbridgeable?: string
}

interface Hypervisor {
  id: string
  name: string
  state: 'new' | 'connected' | 'silent'
  last_seen: string | null
  version: string
  inventory: {
    kernel: string
    libvirt: string
    memory: number
    vcpus: number
    nics: Nic[]
    images: string[]
    library?: string[]
    disk?: number | null
    disk_free?: number | null
    features?: Record<string, boolean>
    loadable?: string[]
    dropping?: string[]
    bridges_call?: boolean
  } | null
  missing: { feature: string; title: string }[]
  claimed: { vms: number; vcpus: number; memory: number; disk: number }
}

const load = (): Promise<Hypervisor[]> => http.get<Hypervisor[]>('/api/hypervisors')
const AGAIN_EVERY = 5_000

export function HypervisorsPage(): ReactElement {
  const { value, error, reload } = useLoaded(load)
  useEffect(() => {
    const timer = setInterval(reload, AGAIN_EVERY)
    return () => clearInterval(timer)
  }, [reload])
  return (
    <PageFrame title="Hypervisors" here="hypervisors">
      <Stack>
        {error !== undefined && <Alert color="red">{error}</Alert>}
        {value?.length === 0 && <Text c="dimmed">No hypervisor is registered yet.</Text>}
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          {value?.map((one) => <HypervisorCard key={one.id} hypervisor={one} />)}
        </SimpleGrid>
        <HowToAdd />
      </Stack>
    </PageFrame>
  )
}

const STATES = {
  new: { color: 'gray', words: '… Not here yet' },
  connected: { color: 'teal', words: '● Connected' },
  silent: { color: 'yellow', words: '○ Silent' },
} as const

function HypervisorCard({ hypervisor }: { hypervisor: Hypervisor }): ReactElement {
  const { inventory } = hypervisor
  const state = STATES[hypervisor.state]
  // Those of VLANs have a line of their own.
  const lacks = hypervisor.missing.filter(
    (one) => inventory?.features === undefined || !['8021q', 'vlan_filtering'].includes(one.feature),
  )
  return (
    <Card withBorder radius="md" padding="md" data-testid={`hypervisor-${hypervisor.name}`}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="xs">
        <Title order={2} fz={16} style={{ overflowWrap: 'anywhere' }}>
          {hypervisor.name}
        </Title>
        <Badge color={state.color} variant="light" style={{ flex: 'none' }}>
          {state.words}
        </Badge>
      </Group>
      {hypervisor.state === 'silent' && (
        <Text size="sm" mb="xs">
          Last heard {ago(hypervisor.last_seen)}. Is its agent running, and can it reach this server?
        </Text>
      )}
      {hypervisor.state === 'new' && (
        <Text size="sm">
          Registered, and its agent has not come yet: the machine is still starting, or{' '}
          <Code>enrol</Code> was not run there.
        </Text>
      )}
      {inventory !== null && (
        <Stack gap={4}>
          <Fact name="Kernel">{inventory.kernel}</Fact>
          <Fact name="libvirt">{inventory.libvirt || 'none'}</Fact>
          <Fact name="Machine">
            {inventory.vcpus} CPUs, {(inventory.memory / 1024).toFixed(1)} GiB of memory
          </Fact>
          <Fact name="NICs">
            {inventory.nics.map((nic) => (
              <NicLine key={nic.name} nic={nic} />
            ))}
          </Fact>
          <Fact name="Images">
            {[
              inventory.images.join(', '),
              inventory.library?.length ? `${inventory.library.length} copied from the library` : '',
            ]
              .filter(Boolean)
              .join('; ') || 'none'}
          </Fact>
          {inventory.features !== undefined && (
            <Fact name="VLANs">
              <Abilities features={inventory.features} loadable={inventory.loadable ?? []} />
            </Fact>
          )}
          {inventory.dropping !== undefined && inventory.dropping.length > 0 && (
            <Fact name="Firewall">
              <Dropping chains={inventory.dropping} bridges={inventory.bridges_call ?? false} />
            </Fact>
          )}
          <Room inventory={inventory} claimed={hypervisor.claimed} />
          {lacks.length > 0 && <Fact name="Lacks">{lacks.map((one) => one.title).join('; ')}</Fact>}
        </Stack>
      )}
    </Card>
  )
}

/** What its own packet filter does to labs; nobody but who runs it changes that. */
function Dropping({ chains, bridges }: { chains: readonly string[]; bridges: boolean }): ReactElement {
  return (
    <span data-testid="dropping">
      Drops what is forwarded{bridges && ', and what crosses a bridge,'} unless a rule of its own accepts
      it: <Code>{chains.join(', ')}</Code>
    </span>
  )
}

function NicLine({ nic }: { nic: Nic }): ReactElement {
  const badges = [
    nic.management && ['orange', 'management'],
    nic.protected && ['gray', 'protected'],
    !nic.up && ['yellow', 'down'],
    nic.unbridgeable !== undefined && nic.unbridgeable !== '' && ['gray', nic.unbridgeable],
  ].filter((one) => Array.isArray(one))
  return (
    <Group gap={6} data-testid={`nic-${nic.name}`}>
      <span>
        {nic.name} {nic.addresses.join(' ')}
      </span>
      {badges.map(([color, words]) => (
        <Badge
          key={words}
          size="xs"
          variant="light"
          color={color}
          tt="none"
          title={words === 'management' ? 'The hypervisor reaches this server by it' : undefined}
        >
          {words}
        </Badge>
      ))}
    </Group>
  )
}

const MIB = 1024 * 1024
/** vCPUs for each processor, as designer.rules.placed.capacity has it. */
const OVERCOMMIT = 16

/** What labs have claimed of it, whoever's they are. */
function Room(props: {
  inventory: NonNullable<Hypervisor['inventory']>
  claimed: Hypervisor['claimed']
}): ReactElement {
  const { inventory, claimed } = props
  const { disk, disk_free: free } = inventory
  const known = typeof disk === 'number' && typeof free === 'number'
  const inMib = (mib: number): string => sizeInWords(mib * MIB)
  const vcpus = { used: claimed.vcpus, limit: inventory.vcpus * OVERCOMMIT }
  return (
    <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="md" my={6} data-testid="room">
      <UsageBar
        name="Memory"
        share={{ used: claimed.memory, limit: inventory.memory }}
        words={inMib}
      />
      <UsageBar name="vCPUs" share={vcpus} />
      {known && <UsageBar name="Disk" share={{ used: disk - free, limit: disk }} words={inMib} />}
    </SimpleGrid>
  )
}

function Abilities(props: Able): ReactElement {
  return (
    <>
      {abilities(props).map((one) => (
        <Group key={one.name} gap={6} wrap="nowrap" align="flex-start" data-testid={`ability-${one.name}`}>
          <Text span c={`var(--tl-state-${one.sign})`} pt={4} style={{ display: 'flex' }}>
            <StateSign state={one.sign} size={14} />
          </Text>
          <span>
            {one.name}: {one.words}
          </span>
        </Group>
      ))}
    </>
  )
}

function Fact(props: { name: string; children: React.ReactNode }): ReactElement {
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <Text size="sm" c="dimmed" w={72} style={{ flex: 'none' }}>
        {props.name}
      </Text>
      <Text component="div" size="sm" style={{ overflowWrap: 'anywhere' }}>
        {props.children}
      </Text>
    </Group>
  )
}

/** On a narrow window a command is broken rather than cut. */
const COMMANDS = {
  background: 'var(--tl-canvas)',
  overflowWrap: 'anywhere',
  whiteSpace: 'pre-wrap',
} as const

function HowToAdd(): ReactElement {
  const controller = window.location.origin
  return (
    <Card withBorder radius="md" padding="md">
      <Title order={2} fz={16} mb="xs">
        Add a hypervisor
      </Title>
      <Text size="sm" mb="xs">
        An administrator makes a token on this server; it works once:
      </Text>
      <Code block style={COMMANDS}>python manage.py hypervisor_add NAME</Code>
      <Text size="sm" my="xs">
        Then, as root on the machine that is to be the hypervisor:
      </Text>
      <Code block style={COMMANDS}>
        {`python -m tasks.agent enrol --config /etc/trunkline/agent.yaml --controller ${controller} --token TOKEN\npython -m tasks.agent run --config /etc/trunkline/agent.yaml`}
      </Code>
    </Card>
  )
}
