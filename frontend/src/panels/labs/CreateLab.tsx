/** A new lab: empty, from a template, or from a design file. */

import {
  Alert,
  Button,
  FileButton,
  Group,
  Modal,
  Radio,
  ScrollArea,
  Stack,
  Tabs,
  Text,
  TextInput,
  Textarea,
} from '@mantine/core'
import { useState } from 'react'
import type { SubmitEvent, ReactElement } from 'react'
import { inWords, useLoaded } from '../useLoaded.ts'
import { labs } from './api.ts'
import type { NewLab, Template } from './api.ts'

type Way = 'template' | 'empty' | 'file'

interface Props {
  opened: boolean
  onClose: () => void
}

export function CreateLab({ opened, onClose }: Props): ReactElement {
  return (
    <Modal opened={opened} onClose={onClose} title="New lab" size="lg">
      <CreateForm />
    </Modal>
  )
}

function CreateForm(): ReactElement {
  const templates = useLoaded(labs.templates)
  const [way, setWay] = useState<Way>('template')
  const [name, setName] = useState('')
  const [slug, setSlug] = useState<string>()
  const [text, setText] = useState('')
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  const chosen = templates.value?.find((one) => one.slug === slug)
  const incomplete =
    (way === 'template' && chosen === undefined) ||
    (way === 'file' && text.trim() === '') ||
    (way === 'empty' && name.trim() === '')

  const create = (event: SubmitEvent): void => {
    event.preventDefault()
    const lab: NewLab = { name: name.trim() || (way === 'template' ? (chosen?.title ?? '') : '') }
    if (way === 'template' && slug !== undefined) lab.template = slug
    if (way === 'file') lab.text = text
    setBusy(true)
    labs.create(lab).then(
      (made) => window.location.assign(`/labs/${made.id}`),
      (problem: unknown) => {
        setBusy(false)
        setError(inWords(problem))
      },
    )
  }

  return (
    <form onSubmit={create}>
      <Stack>
        <TextInput
          label="Name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          placeholder={way === 'template' ? (chosen?.title ?? 'As the template') : 'What it is for'}
          maxLength={80}
          data-autofocus
        />
        <Tabs value={way} onChange={(value) => setWay((value ?? 'template') as Way)}>
          <Tabs.List mb="sm">
            <Tabs.Tab value="template" px="xs">From a template</Tabs.Tab>
            <Tabs.Tab value="empty" px="xs">Empty</Tabs.Tab>
            <Tabs.Tab value="file" px="xs">From a file</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="template">
            <Templates
              templates={templates.value ?? []}
              value={slug}
              onChange={(value) => setSlug(value)}
            />
            {templates.error !== undefined && <Alert color="red">{templates.error}</Alert>}
          </Tabs.Panel>
          <Tabs.Panel value="empty">
            <Text c="dimmed" size="sm">
              An empty canvas. Drag a host onto it first; everything else stands on a host.
            </Text>
          </Tabs.Panel>
          <Tabs.Panel value="file">
            <DesignText text={text} onChange={setText} />
          </Tabs.Panel>
        </Tabs>
        {error !== undefined && (
          <Alert color="red" title="The lab was not made" style={{ whiteSpace: 'pre-line' }}>
            {error}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button type="submit" loading={busy} disabled={incomplete}>
            Create lab
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

interface TemplatesProps {
  templates: readonly Template[]
  value: string | undefined
  onChange: (slug: string) => void
}

/** With fewer one sees at a glance what there is. */
const WORTH_A_SEARCH = 7

function Templates({ templates, value, onChange }: TemplatesProps): ReactElement {
  const [wanted, setWanted] = useState('')
  const word = wanted.trim().toLowerCase()
  const shown = templates.filter((one) =>
    `${one.slug} ${one.title} ${one.description}`.toLowerCase().includes(word),
  )
  return (
    <>
      {templates.length >= WORTH_A_SEARCH && (
        <TextInput
          size="xs"
          mb="xs"
          aria-label="Find a template"
          placeholder="Find a template: VLAN, NAT, VXLAN, VMs…"
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') event.preventDefault() // to search is not to create
          }}
        />
      )}
      {shown.length === 0 && templates.length > 0 && (
        <Text size="sm" c="dimmed">
          No template is about “{wanted}”.
        </Text>
      )}
      <ScrollArea.Autosize mah="45dvh" type="auto">
        <Radio.Group
          aria-label="Template"
          {...(value === undefined ? {} : { value })}
          onChange={onChange}
        >
          <Stack gap="xs">
            {shown.map((one) => (
              <Radio.Card key={one.slug} value={one.slug} p="sm" data-testid={`template-${one.slug}`}>
                <Group wrap="nowrap" align="flex-start">
                  <Radio.Indicator mt={2} />
                  <div>
                    <Text fw={600} size="sm">
                      {one.title}
                    </Text>
                    <Text size="sm" c="dimmed">
                      {one.description}
                    </Text>
                    <Text size="xs" c="dimmed" mt={4}>
                      {one.hosts === 1 ? 'One host' : `${one.hosts} hosts`}
                    </Text>
                  </div>
                </Group>
              </Radio.Card>
            ))}
          </Stack>
        </Radio.Group>
      </ScrollArea.Autosize>
    </>
  )
}

/** A design as YAML or JSON, pasted or read from a file. */
export function DesignText(props: {
  text: string
  onChange: (text: string) => void
}): ReactElement {
  const open = (file: File | null): void => {
    if (file !== null) void file.text().then(props.onChange)
  }
  return (
    <Stack gap="xs">
      <Group>
        <FileButton onChange={open} accept=".yaml,.yml,.json">
          {(button) => (
            <Button variant="default" size="xs" {...button}>
              Choose a file…
            </Button>
          )}
        </FileButton>
        <Text size="sm" c="dimmed">
          or paste YAML or JSON
        </Text>
      </Group>
      <Textarea
        aria-label="Design"
        value={props.text}
        onChange={(event) => props.onChange(event.currentTarget.value)}
        autosize
        minRows={8}
        maxRows={18}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
      />
    </Stack>
  )
}
