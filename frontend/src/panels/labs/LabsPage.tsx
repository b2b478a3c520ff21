/** The page at `/`: the labs of one's teams, and the way to a new one. */

import {
  ActionIcon,
  Alert,
  Anchor,
  Badge,
  Button,
  Card,
  Group,
  Menu,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMemo, useState } from 'react'
import type { ReactElement } from 'react'
import { ago } from '../ago.ts'
import { PageFrame } from '../PageFrame.tsx'
import { useLoaded } from '../useLoaded.ts'
import { labs } from './api.ts'
import type { Lab } from './api.ts'
import { CreateLab } from './CreateLab.tsx'
import { DeleteLab, RenameLab } from './LabDialogs.tsx'

export function LabsPage(): ReactElement {
  const loaded = useLoaded(labs.list)
  const [creating, create] = useDisclosure(false)
  const [wanted, setWanted] = useState('')
  const shown = useMemo(() => {
    const word = wanted.trim().toLowerCase()
    return loaded.value?.filter((lab) => `${lab.name} ${lab.description}`.toLowerCase().includes(word))
  }, [loaded.value, wanted])

  return (
    <PageFrame
      title="Labs"
      here="labs"
      actions={
        <Group>
          {(loaded.value?.length ?? 0) > 6 && (
            <TextInput
              aria-label="Search labs"
              placeholder="Search"
              value={wanted}
              onChange={(event) => setWanted(event.currentTarget.value)}
            />
          )}
          <Button onClick={create.open} data-testid="new-lab">
            New lab
          </Button>
        </Group>
      }
    >
      {loaded.error !== undefined && (
        <Alert color="red" title="The labs could not be loaded">
          <Stack gap="xs" align="flex-start">
            {loaded.error}
            <Button size="xs" variant="default" onClick={loaded.reload}>
              Try again
            </Button>
          </Stack>
        </Alert>
      )}
      {loaded.value === undefined && loaded.error === undefined && <Waiting />}
      {loaded.value?.length === 0 && <Empty onCreate={create.open} />}
      {shown?.length === 0 && (loaded.value?.length ?? 0) > 0 && (
        <Text c="dimmed">No lab is called “{wanted}”.</Text>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }}>
        {shown?.map((lab) => <LabCard key={lab.id} lab={lab} onChanged={loaded.reload} />)}
      </SimpleGrid>
      <CreateLab opened={creating} onClose={create.close} />
    </PageFrame>
  )
}

function Waiting(): ReactElement {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }} aria-busy aria-label="Loading labs">
      {[1, 2, 3].map((one) => (
        <Skeleton key={one} height={132} radius="md" />
      ))}
    </SimpleGrid>
  )
}

function Empty({ onCreate }: { onCreate: () => void }): ReactElement {
  return (
    <Card withBorder padding="xl" radius="md">
      <Stack align="center" gap="xs" py="lg">
        <Text fw={600}>No lab yet</Text>
        <Text c="dimmed" ta="center" maw={440}>
          Start from a template — two containers on a bridge, two VMs, NAT, VXLAN or a VLAN trunk
          across hosts — or from an empty canvas.
        </Text>
        <Button mt="sm" onClick={onCreate}>
          Make the first lab
        </Button>
      </Stack>
    </Card>
  )
}

function LabCard({ lab, onChanged }: { lab: Lab; onChanged: () => void }): ReactElement {
  const [renaming, rename] = useDisclosure(false)
  const [deleting, remove] = useDisclosure(false)
  return (
    <Card withBorder padding="md" radius="md" data-testid={`lab-${lab.name}`}>
      <Group justify="space-between" wrap="nowrap" align="flex-start" mb={4}>
        <Anchor href={`/labs/${lab.id}`} fw={600} lineClamp={1}>
          {lab.name || 'Without a name'}
        </Anchor>
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`More about ${lab.name}`}>
              ⋯
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={rename.open}>Rename…</Menu.Item>
            <Menu.Item component="a" href={labs.documentUrl(lab.id, 'yaml')} download>
              Export YAML
            </Menu.Item>
            <Menu.Item component="a" href={labs.documentUrl(lab.id, 'json')} download>
              Export JSON
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item color="red" onClick={remove.open}>
              Delete…
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      <Text size="sm" c="dimmed" lineClamp={2} mih={40}>
        {lab.description}
      </Text>
      <Group justify="space-between" mt="sm">
        {lab.deployed ? (
          <Badge color="teal" variant="light">
            Deployed
          </Badge>
        ) : (
          <Badge color="gray" variant="light">
            Drawing
          </Badge>
        )}
        <Text size="xs" c="dimmed">
          changed {ago(lab.changed)} · {lab.team}
        </Text>
      </Group>
      <RenameLab lab={lab} opened={renaming} onClose={rename.close} onDone={onChanged} />
      <DeleteLab lab={lab} opened={deleting} onClose={remove.close} onDone={onChanged} />
    </Card>
  )
}
