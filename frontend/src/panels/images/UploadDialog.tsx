/** What a file is called in the library and what it is for, before it is sent. */

import { Alert, Button, Checkbox, Collapse, FileInput, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { ReactElement, SubmitEvent } from 'react'
import type { Image, Role, Usage, Wanted } from './api.ts'
import { nameOf, roleOf, ROLES, sizeInWords } from './api.ts'

interface Props {
  opened: boolean
  /** A file that was dropped on the page. */
  dropped: File | undefined
  images: readonly Image[]
  teams: readonly Usage[]
  onClose: () => void
  onUpload: (file: File, wanted: Wanted) => void
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

export function UploadDialog(props: Props): ReactElement {
  const { opened, dropped, images, teams, onClose, onUpload } = props
  const [file, setFile] = useState<File | null>(null)
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('disk')
  const [team, setTeam] = useState<string | null>(null)
  const [sha256, setSha256] = useState('')
  const [replaces, setReplaces] = useState(false)

  const choose = (chosen: File | null): void => {
    setFile(chosen)
    setName(chosen === null ? '' : nameOf(chosen.name))
    setRole(roleOf(chosen?.name ?? ''))
    setSha256('')
    setReplaces(false)
  }
  useEffect(() => {
    if (opened) choose(dropped ?? null)
  }, [opened, dropped])

  const owner = team ?? teams[0]?.team
  const taken = images.find((one) => one.name === name && one.team_id === owner)
  const room = teams.find((one) => one.team === owner)?.images
  const left = room === undefined ? undefined : room.limit - room.used
  const tooLarge = file !== null && left !== undefined && file.size > left
  const badName = name !== '' && !NAME.test(name)
  const badSum = sha256 !== '' && !/^[0-9a-f]{64}$/i.test(sha256.trim())
  const ready = file !== null && NAME.test(name) && !badSum && !tooLarge && (!taken || replaces)

  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!ready) return
    onUpload(file, { team: owner, name, role, sha256: sha256.trim(), replaces: taken !== undefined })
    onClose()
  }
  return (
    <Modal opened={opened} onClose={onClose} title="Upload an image" data-testid="upload-dialog">
      <form onSubmit={submit}>
        <Stack>
          <FileInput
            label="File"
            description="A disk (qcow2 or raw), a kernel or an initial RAM disk"
            placeholder="Choose a file"
            value={file}
            onChange={choose}
            clearable
            data-testid="upload-file"
          />
          {tooLarge && (
            <Alert color="red">
              It has {sizeInWords(file.size)}; the team&rsquo;s library has {sizeInWords(Math.max(0, left))} left.
              Delete images that are not needed, or ask whoever runs this server for more.
            </Alert>
          )}
          <Collapse expanded={file !== null}>
            <Stack>
              <TextInput
                label="Name"
                description="As it is chosen at a VM"
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                error={badName ? 'Letters, digits and . _ - only, not starting with a sign.' : undefined}
                maxLength={100}
                data-testid="upload-name"
              />
              {taken !== undefined && (
                <Checkbox
                  label={`Replace the image ${name} of the library`}
                  description="Labs that use it show the change as soon as they are deployed again."
                  checked={replaces}
                  onChange={(event) => setReplaces(event.currentTarget.checked)}
                  data-testid="upload-replace"
                />
              )}
              <Select
                label="What it is for"
                value={role}
                data={Object.entries(ROLES).map(([value, label]) => ({ value, label }))}
                onChange={(chosen) => setRole((chosen ?? 'disk') as Role)}
                allowDeselect={false}
                data-testid="upload-role"
              />
              {teams.length > 1 && (
                <Select
                  label="Team"
                  value={owner ?? null}
                  data={teams.map((one) => ({ value: one.team, label: one.name }))}
                  onChange={setTeam}
                  allowDeselect={false}
                />
              )}
              <TextInput
                label="SHA-256 (optional)"
                description="Compared with what arrives"
                value={sha256}
                onChange={(event) => setSha256(event.currentTarget.value)}
                error={badSum ? '64 hexadecimal digits.' : undefined}
                spellCheck={false}
                autoComplete="off"
              />
            </Stack>
          </Collapse>
          <Group justify="space-between">
            <Text size="sm" c="dimmed">
              {file === null ? '' : sizeInWords(file.size)}
            </Text>
            <Group>
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" disabled={!ready} data-testid="upload-start">
                Upload
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
