/** How a trunk is built: two ways, each with what it means. */

import { Group, Radio, Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import type { InputProps } from '../inputs/props.ts'
import { common } from '../inputs/props.ts'

const WAYS = [
  {
    value: 'sub-interfaces',
    title: 'Sub-interfaces',
    help: 'One for each VLAN, such as eth1.10, in a bridge of its own or as a machine’s interface.',
  },
  {
    value: 'vlan-aware',
    title: 'VLAN-aware bridge',
    help: 'The NIC is a port of one bridge that keeps the VLANs apart by its ports.',
  },
] as const

export function TrunkModeField(props: InputProps): ReactElement {
  const { label, error, 'data-testid': testId } = common(props)
  return (
    <Radio.Group
      label={label}
      error={error}
      value={typeof props.value === 'string' ? props.value : null}
      onChange={props.onCommit}
      data-testid={testId}
    >
      <Stack gap={6} mt={4}>
        {WAYS.map((way) => (
          <Radio.Card key={way.value} value={way.value} p="xs" data-testid={`mode-${way.value}`}>
            <Group wrap="nowrap" gap="xs" align="flex-start">
              <Radio.Indicator mt={2} size="xs" />
              <div>
                <Text size="sm" fw={500}>
                  {way.title}
                </Text>
                <Text size="xs" c="dimmed">
                  {way.help}
                </Text>
              </div>
            </Group>
          </Radio.Card>
        ))}
      </Stack>
    </Radio.Group>
  )
}
