/** One image: what it is, which labs use it, where its copies are, and the way to delete it. */

import { Alert, Badge, Button, Card, Code, Group, Modal, Stack, Text, Tooltip } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { ago } from '../ago.ts'
import { inWords } from '../useLoaded.ts'
import type { Image } from './api.ts'
import { images, ROLES, sizeInWords } from './api.ts'

interface Props {
  image: Image
  team: boolean
  onChanged: () => void
}

export function ImageRow({ image, team, onChanged }: Props): ReactElement {
  const [deleting, remove] = useDisclosure(false)
  const kind = image.role === 'disk' ? image.format : ROLES[image.role]
  return (
    <Card withBorder padding="md" radius="md" data-testid={`image-${image.name}`}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb={6}>
        <Group gap="xs">
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {image.name}
          </Text>
          <Badge variant="light" color="gray" tt="none">
            {kind}
          </Badge>
          {image.state === 'missing' && (
            <Badge variant="light" color="red">
              ✕ File lost
            </Badge>
          )}
        </Group>
        <Button
          size="compact-sm"
          variant="subtle"
          color="red"
          style={{ flex: 'none' }}
          onClick={remove.open}
          aria-label={`Delete ${image.name}`}
        >
          Delete
        </Button>
      </Group>
      <Text size="sm">
        {sizeInWords(image.size)}
        {image.virtual_size > 0 && image.virtual_size !== image.size
          ? `, a disk of ${sizeInWords(image.virtual_size)}`
          : ''}
        <Text span size="sm" c="dimmed">
          {' '}
          · by {image.by} {ago(image.at)}
          {team ? ` · ${image.team}` : ''}
        </Text>
      </Text>
      <Stack gap={2} mt={6}>
        <Fact name="Used by">{image.labs.length > 0 ? image.labs.join(', ') : 'no lab'}</Fact>
        <Fact name="Copied to">
          {image.copied.length > 0 ? image.copied.join(', ') : 'no hypervisor yet'}
        </Fact>
        <Fact name="SHA-256">
          <Tooltip label={image.sha256} multiline styles={{ tooltip: { overflowWrap: 'anywhere' } }}>
            <Code tabIndex={0}>{image.sha256.slice(0, 16)}…</Code>
          </Tooltip>
        </Fact>
      </Stack>
      <DeleteImage image={image} opened={deleting} onClose={remove.close} onDone={onChanged} />
    </Card>
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

interface DeleteProps {
  image: Image
  opened: boolean
  onClose: () => void
  onDone: () => void
}

function DeleteImage({ image, opened, onClose, onDone }: DeleteProps): ReactElement {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const close = (): void => {
    setError(undefined)
    onClose()
  }
  const run = (): void => {
    setBusy(true)
    setError(undefined)
    images
      .delete(image.id)
      .then(
        () => {
          close()
          onDone()
        },
        (problem: unknown) => setError(inWords(problem)),
      )
      .finally(() => setBusy(false))
  }
  return (
    <Modal opened={opened} onClose={close} title={`Delete the image “${image.name}”?`}>
      <Stack>
        {image.labs.length > 0 && error === undefined ? (
          <Alert color="yellow" title="Labs use it">
            {image.labs.join(', ')}: choose another image there first.
          </Alert>
        ) : (
          error === undefined && (
            <Text size="sm">
              It goes from the library, and its copies from the hypervisors as soon as no VM there
              has it. This cannot be undone.
            </Text>
          )
        )}
        {error !== undefined && (
          <Alert color="red" title="It stays">
            {error}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus>
            Keep it
          </Button>
          <Button color="red" loading={busy} onClick={run} disabled={image.labs.length > 0}>
            Delete image
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
