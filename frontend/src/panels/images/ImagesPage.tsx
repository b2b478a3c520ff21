/** The page at `/images`: what the VMs of one's teams boot from, and the way for more to come. */

import { Alert, Button, Card, Stack, Text, TextInput, Group } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { ReactElement } from 'react'
import { PageFrame } from '../PageFrame.tsx'
import { useLoaded } from '../useLoaded.ts'
import { images } from './api.ts'
import { ImageRow } from './ImageRow.tsx'
import { UploadDialog } from './UploadDialog.tsx'
import { UploadRow } from './UploadRow.tsx'
import { TeamUsage } from './UsageBars.tsx'
import { useDropped } from './useDropped.ts'
import { useUploads } from './useUploads.ts'

const AGAIN_EVERY = 10_000

export function ImagesPage(): ReactElement {
  const loaded = useLoaded(images.list)
  const usage = useLoaded(images.usage)
  const [opened, dialog] = useDisclosure(false)
  const [dropped, setDropped] = useState<File>()
  const [wanted, setWanted] = useState('')
  const { reload } = loaded
  const { reload: reloadUsage } = usage
  const refresh = useCallback(() => {
    reload()
    reloadUsage()
  }, [reload, reloadUsage])
  useEffect(() => {
    const timer = setInterval(refresh, AGAIN_EVERY)
    return () => clearInterval(timer)
  }, [refresh])
  const uploads = useUploads(refresh)
  const { open } = dialog
  const takeDropped = useCallback(
    (file: File) => {
      setDropped(file)
      open()
    },
    [open],
  )
  const over = useDropped(takeDropped)
  const shown = useMemo(() => {
    const word = wanted.trim().toLowerCase()
    return loaded.value?.filter((one) => one.name.toLowerCase().includes(word)) ?? []
  }, [loaded.value, wanted])
  const choose = (): void => {
    setDropped(undefined)
    open()
  }
  const several = (usage.value?.length ?? 0) > 1
  const empty = loaded.value?.length === 0 && uploads.going.length === 0
  return (
    <PageFrame
      title="Images"
      here="images"
      actions={
        <Group>
          {(loaded.value?.length ?? 0) > 6 && (
            <TextInput
              aria-label="Search images"
              placeholder="Search"
              value={wanted}
              onChange={(event) => setWanted(event.currentTarget.value)}
            />
          )}
          <Button onClick={choose} data-testid="upload-image">
            Upload
          </Button>
        </Group>
      }
    >
      <Stack>
        {loaded.error !== undefined && (
          <Alert color="red" title="The images could not be loaded">
            <Stack gap="xs" align="flex-start">
              {loaded.error}
              <Button size="xs" variant="default" onClick={refresh}>
                Try again
              </Button>
            </Stack>
          </Alert>
        )}
        {usage.value?.map((one) => (
          <Card key={one.team} withBorder padding="md" radius="md">
            {several && (
              <Text size="sm" fw={600} mb="xs">
                {one.name}
              </Text>
            )}
            <TeamUsage usage={one} />
          </Card>
        ))}
        {uploads.going.map((one) => (
          <UploadRow key={one.key} going={one} onCancel={() => uploads.cancel(one.key)} />
        ))}
        {empty && <Empty over={over} onChoose={choose} />}
        {shown.map((one) => (
          <ImageRow key={one.id} image={one} team={several} onChanged={refresh} />
        ))}
        {shown.length === 0 && (loaded.value?.length ?? 0) > 0 && (
          <Text c="dimmed">No image is called “{wanted}”.</Text>
        )}
        {!empty && loaded.value !== undefined && (
          <Text size="sm" c={over ? undefined : 'dimmed'} ta="center" py="sm">
            {over ? 'Let go to upload it.' : 'A file can be dropped anywhere on this page.'}
          </Text>
        )}
      </Stack>
      <UploadDialog
        opened={opened}
        dropped={dropped}
        images={loaded.value ?? []}
        teams={usage.value ?? []}
        onClose={dialog.close}
        onUpload={uploads.add}
      />
    </PageFrame>
  )
}

function Empty({ over, onChoose }: { over: boolean; onChoose: () => void }): ReactElement {
  return (
    <Card
      withBorder
      padding="xl"
      radius="md"
      style={{ borderStyle: 'dashed', ...(over ? { borderColor: 'var(--mantine-primary-color-filled)' } : {}) }}
    >
      <Stack align="center" gap="xs" py="lg">
        <Text fw={600}>{over ? 'Let go to upload it' : 'No image yet'}</Text>
        <Text c="dimmed" ta="center" maw={460}>
          VMs boot from disk images (qcow2 or raw), or directly from a kernel. What is uploaded here
          is copied to each hypervisor that needs it, once; every VM writes to a disk of its own.
        </Text>
        <Button mt="sm" onClick={onChoose}>
          Upload the first image
        </Button>
        <Text size="sm" c="dimmed">
          or drop a file here
        </Text>
      </Stack>
    </Card>
  )
}
