/** Unplugs a cable, or plugs it in; says where that cannot be. */

import { Button, Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { Icon } from '@/icons/index.tsx'
import { canUnplug } from '@/model/plugging.ts'
import type { LinkRecord, Ref } from '@/model/records.ts'
import { actions, useDesign, useFindingsAt } from '@/store/index.ts'

export function Plug({ at, link }: { at: Ref; link: LinkRecord }): ReactElement {
  const design = useDesign()
  const finding = useFindingsAt(at).find((one) => one.field === 'plugged')
  const can = !link.plugged || canUnplug(design, link)
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500}>
        {link.plugged ? 'Plugged in' : 'Unplugged'}
      </Text>
      {can ? (
        <Button
          size="compact-sm"
          variant="default"
          style={{ alignSelf: 'flex-start' }}
          leftSection={<Icon name={link.plugged ? 'unplugged' : 'plugged'} size={15} />}
          data-testid="plug"
          onClick={() => actions.plug([at])}
        >
          {link.plugged ? 'Unplug cable' : 'Plug in'}
        </Button>
      ) : (
        <Text size="xs" c="dimmed">
          It cannot be unplugged: only a cable at a bridge or network can, where its end there is the
          lab&rsquo;s own.
        </Text>
      )}
      {finding !== undefined && (
        <Text size="xs" c="red">
          {finding.message} {finding.fix}
        </Text>
      )}
    </Stack>
  )
}
