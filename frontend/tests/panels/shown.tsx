/** Shows a panel as the page does, with a lab in the store and a person who types. */

import { MantineProvider } from '@mantine/core'
import { render } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import type { UserEvent } from '@testing-library/user-event'
import type { ReactElement } from 'react'
import { kinds } from '@/dev/kinds.ts'
import type { Builder } from '@/dev/labs.ts'
import { small } from '@/dev/labs.ts'
import { FakeServer, plug } from '@/dev/server.ts'
import { reset, useStore } from '@/store/index.ts'

export const openSmall = (): FakeServer => openLab(small())

export function openLab(lab: Builder): FakeServer {
  reset()
  const server = new FakeServer(lab.design, lab.looks)
  useStore.setState({ kinds, lab: { id: 'x', name: 'lab', team: '', role: '' } })
  plug(server)
  return server
}

export function show(panel: ReactElement): UserEvent {
  // Without animations: what is folded away is gone at once.
  render(<MantineProvider env="test">{panel}</MantineProvider>)
  return userEvent.setup()
}
