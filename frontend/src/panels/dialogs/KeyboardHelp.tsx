/** Every key of the designer. */

import { Kbd, Modal, Table, Text } from '@mantine/core'
import { Fragment } from 'react'
import type { ReactElement } from 'react'
import { KEYS } from '@/model/keys.ts'
import { actions, useUi } from '@/store/index.ts'

export function KeyboardHelp(): ReactElement {
  const open = useUi((ui) => ui.dialog === 'help')
  return (
    <Modal
      opened={open}
      onClose={() => actions.setUi({ dialog: null })}
      title="Keys"
      size="lg"
    >
      <Text size="sm" c="dimmed" mb="sm">
        Everything can be done without a mouse. The outline lists every node, those out of view too.
      </Text>
      <Table verticalSpacing={6}>
        <Table.Tbody>
          {KEYS.map(({ keys, does }) => (
            <Table.Tr key={keys}>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>
                {keys.split(', ').map((combination, index) => (
                  <Fragment key={combination}>
                    {index > 0 && ' '}
                    <Kbd>{combination}</Kbd>
                  </Fragment>
                ))}
              </Table.Td>
              <Table.Td>{does}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  )
}
