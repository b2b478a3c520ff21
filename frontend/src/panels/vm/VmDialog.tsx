/** Asks before something of a VM is lost, and says what; and for the name of a snapshot. */

import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ReactElement, SyntheticEvent } from 'react'
import { ref, titleOf } from '@/model/records.ts'
import { powerOf, snapshotsOf, whyNotNamed } from '@/model/vms.ts'
import type { Snapshot } from '@/model/vms.ts'
import { actions, statuses, useNode, useStore } from '@/store/index.ts'
import { ago } from '../ago.ts'

type Question = NonNullable<ReturnType<typeof useQuestion>>
const useQuestion = () => useStore((state) => state.ui.vm)

export function VmDialog(): ReactElement {
  const open = useStore((state) => state.ui.dialog === 'vm')
  const question = useQuestion()
  const node = useNode(question?.id ?? '')
  const title = titleOf(question?.id ?? '', node)
  const close = (): void => actions.setUi({ dialog: null })
  return (
    <Modal opened={open} onClose={close} title={question ? titled(question, title) : ''}>
      {question?.action === 'snapshot' ? (
        <Name key={question.id} question={question} onClose={close} />
      ) : question ? (
        <Sure question={question} title={title} onClose={close} />
      ) : null}
    </Modal>
  )
}

const titled = ({ action, snapshot }: Question, title: string): string => {
  if (action === 'force-off') return `Force ${title} off?`
  if (action === 'revert') return `Put ${title} back to “${snapshot}”?`
  return action === 'snapshot' ? `Snapshot of ${title}` : `Delete the snapshot “${snapshot}”?`
}

/** What is lost, in so many words. */
function losses({ id, action, snapshot }: Question): string {
  const status = statuses.get(ref('nodes', id))
  const one = snapshotsOf(status).find((each: Snapshot) => each.name === snapshot)
  if (action === 'force-off')
    return 'As if its power failed: what it has not written to its disk is lost, and its file systems may need a check. To shut it down cleanly, use Shut down.'
  if (action === 'delete-snapshot')
    return 'The VM stays as it is. Only the way back to this moment is lost.'
  const since = one ? `What the VM wrote and did since ${ago(one.at)} is lost` : 'What came since is lost'
  const runs = powerOf(status) === 'running' ? ', what runs in it now included' : ''
  const then = one?.memory === true ? 'It runs on from that moment.' : 'It is shut off then.'
  return `${since}${runs}. ${then} To keep the way back to now, take a snapshot first.`
}

const DOES = { 'force-off': 'Force off', revert: 'Go back', 'delete-snapshot': 'Delete' } as const
type Lossy = keyof typeof DOES

function Sure({
  question,
  title,
  onClose,
}: {
  question: Question
  title: string
  onClose: () => void
}): ReactElement {
  const { id, action, snapshot } = question
  const act = (): void => {
    onClose()
    void actions.actOnVm(id, action, snapshot ? { snapshot } : {})
  }
  return (
    <Stack>
      <Text size="sm">{losses(question)}</Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          Leave {title} alone
        </Button>
        <Button color="red" onClick={act} data-testid="vm-confirm">
          {DOES[action as Lossy]}
        </Button>
      </Group>
    </Stack>
  )
}

function Name({ question, onClose }: { question: Question; onClose: () => void }): ReactElement {
  const status = statuses.get(ref('nodes', question.id))
  const there = snapshotsOf(status)
  const [name, setName] = useState(() => free(there))
  const why = whyNotNamed(name, there)
  const take = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (why !== undefined) return
    onClose()
    void actions.actOnVm(question.id, 'snapshot', { snapshot: name })
  }
  const runs = powerOf(status) === 'running'
  return (
    <form onSubmit={take}>
      <Stack>
        <TextInput
          label="Name"
          value={name}
          maxLength={60}
          error={why}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
          data-testid="snapshot-name"
        />
        <Text size="sm" c="dimmed">
          {runs
            ? 'Of its disk and its memory. It stands still for as long as its memory takes to be written.'
            : 'Of its disk.'}{' '}
          It is kept in the VM’s own disk, takes room on the hypervisor, and goes with the disk.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={why !== undefined} data-testid="vm-confirm">
            Take the snapshot
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** "snapshot 1", or the first number that is free. */
function free(there: readonly Snapshot[]): string {
  const names = new Set(there.map((one) => one.name))
  let number = there.length + 1
  while (names.has(`snapshot ${number}`)) number++
  return `snapshot ${number}`
}
