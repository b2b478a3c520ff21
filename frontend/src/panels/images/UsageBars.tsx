/** How much of something is taken, as bars with their figures. */

import { Group, Progress, SimpleGrid, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Share, Usage } from './api.ts'
import { sizeInWords } from './api.ts'

const MIB = 1024 * 1024

/** What a team has of its quota. */
export function TeamUsage({ usage }: { usage: Usage }): ReactElement {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 5 }} spacing="md" data-testid={`usage-${usage.name}`}>
      <UsageBar name="Images" share={usage.images} words={sizeInWords} />
      <UsageBar name="VMs deployed" share={usage.vms} />
      <UsageBar name="vCPUs" share={usage.vcpus} />
      <UsageBar name="Memory" share={usage.memory} words={(mib) => sizeInWords(mib * MIB)} />
      <UsageBar name="Disks of VMs" share={usage.disk} words={sizeInWords} />
    </SimpleGrid>
  )
}

interface Bar {
  name: string
  share: Share
  words?: (amount: number) => string
}

export function UsageBar({ name, share, words = String }: Bar): ReactElement {
  const percent = share.limit === 0 ? 100 : Math.min(100, (100 * share.used) / share.limit)
  const color = percent >= 95 ? 'red' : percent >= 80 ? 'yellow' : 'blue'
  const figures = `${words(share.used)} of ${words(share.limit)}`
  return (
    <div>
      <Group justify="space-between" gap={4} wrap="nowrap">
        <Text size="xs" c="dimmed" truncate>
          {name}
        </Text>
        <Text size="xs" style={{ whiteSpace: 'nowrap' }}>
          {figures}
        </Text>
      </Group>
      <Progress.Root size="sm" mt={4}>
        <Progress.Section
          value={percent}
          color={color}
          aria-label={name}
          aria-valuetext={figures}
        />
      </Progress.Root>
    </div>
  )
}
