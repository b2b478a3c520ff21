/** Connecting by keyboard: from one node to any that a cable may lead to. */

import { Button, Group, Modal, Select, Stack, Text } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { ReactElement } from 'react'
import type { End } from '@/model/connecting.ts'
import { hostId, keyOf, natural, titleOf } from '@/model/records.ts'
import { actions, candidates, useDesign, useUi } from '@/store/index.ts'

export function ConnectDialog(): ReactElement {
  const from = useUi((ui) => (ui.dialog === 'connect' ? ui.connectFrom : null))
  const close = (): void => actions.setUi({ dialog: null, connectFrom: null })
  return (
    <Modal opened={from !== null} onClose={close} title="Connect to…">
      {from !== null && <Choice from={from} onClose={close} />}
    </Modal>
  )
}

function Choice({ from, onClose }: { from: End; onClose: () => void }): ReactElement {
  const design = useDesign()
  const [to, setTo] = useState<string | null>(null)
  const options = useMemo(
    () =>
      candidates(design, from)
        .sort(natural)
        .map((id) => {
          const node = design.nodes[id]
          const host = hostId(node)
          const where = host === undefined ? '' : ` on ${titleOf(host, design.nodes[host])}`
          return { value: id, label: `${titleOf(id, node)} (${node?.kind ?? ''}${where})` }
        }),
    [design, from],
  )
  const name = titleOf(from.node, design.nodes[from.node])
  const end = from.interface === undefined ? name : `${name}, ${keyOf(from.interface)}`
  const connect = (): void => {
    if (to !== null && actions.connect(from, { node: to }) !== undefined) onClose()
  }
  if (options.length === 0)
    return (
      <Stack>
        <Text size="sm">
          There is nothing yet that {end} could be connected to. Add what it is to lead to first.
        </Text>
        <Group justify="flex-end">
          <Button onClick={onClose}>Close</Button>
        </Group>
      </Stack>
    )
  return (
    <Stack>
      <Text size="sm">
        From <b>{end}</b>. An interface or port is made where one is needed.
      </Text>
      <Select
        label="To"
        data={options}
        value={to}
        onChange={setTo}
        searchable
        data-autofocus
        data-testid="connect-to"
        nothingFoundMessage="No such node, or no cable may lead there."
      />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button onClick={connect} disabled={to === null} data-testid="connect">
          Connect
        </Button>
      </Group>
    </Stack>
  )
}
