/** Renaming and deleting a lab. */

import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { SubmitEvent, ReactElement } from 'react'
import { inWords } from '../useLoaded.ts'
import { labs } from './api.ts'
import type { Lab } from './api.ts'

interface Props {
  lab: Lab
  opened: boolean
  onClose: () => void
  onDone: () => void
}

/** A step that may be refused: busy while it goes on, then done or in words why not. */
function useStep(onDone: () => void): {
  busy: boolean
  error: string | undefined
  run: (step: () => Promise<unknown>) => void
} {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const run = (step: () => Promise<unknown>): void => {
    setBusy(true)
    setError(undefined)
    step()
      .then(onDone, (problem: unknown) => setError(inWords(problem)))
      .finally(() => setBusy(false))
  }
  return { busy, error, run }
}

export function RenameLab({ lab, opened, onClose, onDone }: Props): ReactElement {
  const [name, setName] = useState(lab.name)
  const step = useStep(() => {
    onClose()
    onDone()
  })
  const rename = (event: SubmitEvent): void => {
    event.preventDefault()
    step.run(() => labs.rename(lab.id, name.trim()))
  }
  return (
    <Modal opened={opened} onClose={onClose} title="Rename lab">
      <form onSubmit={rename}>
        <Stack>
          <TextInput
            label="Name"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={80}
            error={step.error}
            data-autofocus
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={step.busy} disabled={name.trim() === ''}>
              Rename
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

export function DeleteLab({ lab, opened, onClose, onDone }: Props): ReactElement {
  const step = useStep(() => {
    onClose()
    onDone()
  })
  return (
    <Modal opened={opened} onClose={onClose} title={`Delete “${lab.name}”?`}>
      <Stack>
        {lab.deployed ? (
          <Alert color="yellow" title="It still stands on hypervisors">
            Open it and destroy the deployment first, so that nothing is left behind there.
          </Alert>
        ) : (
          <Text size="sm">The drawing and its whole history go. This cannot be undone.</Text>
        )}
        {step.error !== undefined && <Alert color="red">{step.error}</Alert>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep it
          </Button>
          <Button
            color="red"
            loading={step.busy}
            disabled={lab.deployed}
            onClick={() => step.run(() => labs.delete(lab.id))}
          >
            Delete lab
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
