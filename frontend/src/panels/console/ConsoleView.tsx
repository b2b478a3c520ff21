/** One console: where it stands, what can be done to it, and the terminal or screen itself. */

import type { ReactElement } from 'react'
import { Suspense, lazy, useCallback, useEffect, useRef, useState } from 'react'
import {
  ActionIcon, Alert, Button, Group, Loader, Menu, Text, TextInput, Tooltip,
} from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { Icon } from '@/icons/index.tsx'
import type { ConsoleKind } from '@/live/console.ts'
import { titleOf } from '@/model/records.ts'
import type { Power, VmActionName } from '@/model/vms.ts'
import { powerOf } from '@/model/vms.ts'
import { announce, notify, useNode, useStore } from '@/store/index.ts'
import { Act } from '../vm/Act.tsx'
import { PowerSign } from '../vm/PowerSign.tsx'
import { useSeen } from '../vm/useSeen.ts'
import type { Face } from './face.ts'
import { isRunning, useLink } from './useLink.ts'
import { KIND_WORDS, nextWords, stateWords } from './words.ts'

const FACES = {
  serial: lazy(() => import('./Serial.tsx')),
  graphics: lazy(() => import('./Graphics.tsx')),
} as const

/** What brings a VM of which there is nothing to see or to type to, to where there is. */
const PUTS_ON: Readonly<Partial<Record<Power, VmActionName>>> = {
  off: 'start',
  crashed: 'start',
  paused: 'resume',
  stuck: 'resume',
}

const SIZES = { least: 9, most: 24, usual: 13 } as const

interface Props {
  node: string
  kind: ConsoleKind
  shown: boolean
  /** The way out by the keyboard. */
  onLeave: () => void
  /** In a window of its own: it needs no link to one. */
  alone?: boolean
}

export function ConsoleView({ node, kind, shown, onLeave, alone = false }: Props): ReactElement {
  const [face, setFace] = useState<Face | null>(null)
  const line = useLink(node, kind, face)
  const root = useRef<HTMLElement>(null)
  const record = useNode(node)
  const lab = useStore((state) => state.lab?.id)
  const me = useStore((state) => state.me?.name)
  const seen = useSeen(node)
  const power = powerOf(seen.status)
  const on = power === undefined ? undefined : PUTS_ON[power]
  const [fontSize, setFontSize] = useLocalStorage<number>({
    key: 'tl-console-size',
    defaultValue: SIZES.usual,
  })
  const [screenReader, setScreenReader] = useLocalStorage({
    key: 'tl-console-screen-reader',
    defaultValue: false,
  })
  const [fit, setFit] = useState(true)
  const [finding, setFinding] = useState(false)
  const title = `${KIND_WORDS[kind]} of ${titleOf(node, record)}`
  const words = stateWords(line)
  const offAsSaid = power === 'off' && line.ending?.reason === 'off'

  useEffect(() => {
    if (shown && line.state === 'open') face?.focus()
  }, [shown, line.state, face])
  useEffect(() => {
    if (line.state !== 'opening') announce(`${title}: ${words}`)
  }, [line.state, words, title])

  const find = useCallback(() => setFinding(true), [])
  const tooMuch = useCallback(
    () =>
      notify('warning', 'That is too much to paste', 'The VM takes it slowly; paste it in parts.'),
    [],
  )
  const View = FACES[kind]
  const others = line.people.filter((name) => name !== me)
  return (
    <section
      className="tl-console"
      ref={root}
      hidden={!shown}
      data-console={kind}
      data-state={line.state}
      data-reason={line.ending?.reason}
      data-testid={`console-${kind}-${node}`}
      aria-label={title}
    >
      <div className="tl-console-bar">
        <span className="tl-console-sign" data-state={line.state} aria-hidden="true" />
        <Text size="xs" fw={600} role="status" style={{ whiteSpace: 'nowrap' }}>
          {words}
        </Text>
        {power === undefined || power === 'running' || offAsSaid ? null : <PowerSign power={power} />}
        {on !== undefined && !line.ending ? (
          <Act id={node} action={on} seen={seen} onAsked={() => face?.focus()} />
        ) : null}
        {others.length ? (
          <Tooltip label={`Also open by ${others.join(', ')}: everyone sees and types the same`}>
            <span className="tl-console-people">
              <Icon name="people" size={14} /> {others.join(', ')}
            </span>
          </Tooltip>
        ) : null}
        <span className="tl-console-fill" />
        {face?.terminal ? (
          <TerminalTools
            terminal={face.terminal}
            finding={finding}
            onFinding={setFinding}
            fontSize={fontSize}
            onFontSize={setFontSize}
            screenReader={screenReader}
            onScreenReader={setScreenReader}
            onDone={face.focus}
          />
        ) : null}
        {face?.screen ? (
          <>
            <Button
              size="compact-xs"
              variant="default"
              disabled={line.state !== 'open'}
              onClick={() => {
                face.screen?.ctrlAltDel()
                face.focus()
              }}
            >
              Ctrl Alt Del
            </Button>
            <Tool
              icon="fit"
              label={fit ? 'Show at its own size' : 'Scale to fit'}
              onClick={() => setFit(!fit)}
            />
          </>
        ) : null}
        <Tool icon="redo" label="Reconnect" onClick={() => line.reconnect()} />
        <Tool
          icon="expand"
          label="Full screen"
          onClick={() => {
            void (document.fullscreenElement ? document.exitFullscreen() : root.current?.requestFullscreen())
            face?.focus()
          }}
        />
        {alone || lab === undefined ? null : (
          <Tooltip label="In a window of its own">
            <ActionIcon
              component="a"
              href={`/labs/${lab}/console/${encodeURIComponent(node)}?kind=${kind}`}
              target="_blank"
              variant="subtle"
              color="gray"
              size="sm"
              aria-label="In a window of its own"
            >
              <Icon name="window" size={15} />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      <div className="tl-console-body">
        <Suspense
          fallback={
            <div className="tl-centre">
              <Loader size="sm" aria-label="Loading the console" />
            </div>
          }
        >
          <View
            title={title}
            fontSize={fontSize}
            screenReader={screenReader}
            fit={fit}
            onFace={setFace}
            onLeave={onLeave}
            onFind={find}
            onTooMuch={tooMuch}
          />
        </Suspense>
        {line.ending ? (
          <Alert
            className="tl-console-ending"
            color={line.waits ? 'blue' : 'yellow'}
            title={words}
            icon={line.waits ? <Loader size={14} /> : <Icon name="info" size={16} />}
          >
            <Text size="sm">{line.ending.words}</Text>
            <Text size="sm">{nextWords(line.ending, line.waits, isRunning(seen.status))}</Text>
            <Group gap="xs" mt="xs">
              {on === undefined ? null : (
                <Act id={node} action={on} seen={seen} first onAsked={() => face?.focus()} />
              )}
              <Button
                size="compact-sm"
                variant={on === undefined ? 'filled' : 'default'}
                onClick={() => line.reconnect()}
              >
                Connect now
              </Button>
              {line.ending.reason === 'busy' ? (
                <Button size="compact-sm" variant="default" onClick={() => line.reconnect(true)}>
                  Take it over
                </Button>
              ) : null}
            </Group>
          </Alert>
        ) : null}
      </div>
    </section>
  )
}

interface ToolsProps {
  terminal: NonNullable<Face['terminal']>
  finding: boolean
  onFinding: (finding: boolean) => void
  fontSize: number
  onFontSize: (size: number) => void
  screenReader: boolean
  onScreenReader: (on: boolean) => void
  onDone: () => void
}

function TerminalTools(props: ToolsProps): ReactElement {
  const { terminal, finding, onFinding, fontSize, onFontSize, onDone } = props
  const [text, setText] = useState('')
  const copy = (): void => {
    const selected = terminal.selected()
    if (selected) void navigator.clipboard.writeText(selected)
    else notify('info', 'Nothing is selected', 'Mark text in the console first.')
    onDone()
  }
  const paste = (): void => {
    navigator.clipboard.readText().then(
      (pasted) => {
        terminal.paste(pasted)
        onDone()
      },
      () => notify('info', 'The browser does not let this page paste', 'Use Ctrl Shift V instead.'),
    )
  }
  return (
    <>
      {finding ? (
        <TextInput
          size="xs"
          w={170}
          autoFocus
          aria-label="Find in the console"
          placeholder="Find; Enter, Shift Enter"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') terminal.find(text, event.shiftKey)
            if (event.key === 'Escape') {
              event.stopPropagation()
              onFinding(false)
              onDone()
            }
          }}
        />
      ) : (
        <Tool icon="search" label="Find (Ctrl Shift F)" onClick={() => onFinding(true)} />
      )}
      <Tool icon="copy" label="Copy (Ctrl Shift C)" onClick={copy} />
      {/* Of a page without TLS the browser offers no clipboard to read. */}
      {window.isSecureContext ? (
        <Tool icon="paste" label="Paste (Ctrl Shift V)" onClick={paste} />
      ) : null}
      <Menu position="top-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label="How the console looks">
            <Icon name="more" size={15} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            closeMenuOnClick={false}
            leftSection={<Icon name="plus" size={14} />}
            onClick={() => onFontSize(Math.min(fontSize + 1, SIZES.most))}
          >
            Larger text
          </Menu.Item>
          <Menu.Item
            closeMenuOnClick={false}
            leftSection={<Icon name="minus" size={14} />}
            onClick={() => onFontSize(Math.max(fontSize - 1, SIZES.least))}
          >
            Smaller text
          </Menu.Item>
          <Menu.Item
            leftSection={props.screenReader ? <Icon name="check" size={14} /> : <span style={{ width: 14 }} />}
            role="menuitemcheckbox"
            aria-checked={props.screenReader}
            onClick={() => props.onScreenReader(!props.screenReader)}
          >
            Read aloud by screen readers
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  )
}

interface ToolProps {
  icon: Parameters<typeof Icon>[0]['name']
  label: string
  onClick: () => void
}

function Tool({ icon, label, onClick }: ToolProps): ReactElement {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} onClick={onClick}>
        <Icon name={icon} size={15} />
      </ActionIcon>
    </Tooltip>
  )
}
