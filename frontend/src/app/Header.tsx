import type { KeyboardEvent, ReactElement } from 'react'
import { useEffect, useState } from 'react'
import { ActionIcon, Button, Group, Menu, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import type { Command } from '@/icons/index.tsx'
import { Icon } from '@/icons/index.tsx'
import { actions, setUi, useStore, useUi } from '@/store/index.ts'

function Tool({
  icon,
  words,
  act,
  disabled = false,
  on,
  className,
}: {
  icon: Command
  words: string
  act: () => void
  disabled?: boolean
  on?: boolean
  className?: string
}): ReactElement {
  return (
    <Tooltip label={words}>
      <ActionIcon
        variant={on === true ? 'light' : 'subtle'}
        color={on === true ? 'indigo' : 'gray'}
        size={32}
        aria-label={words}
        aria-pressed={on}
        {...(className === undefined ? {} : { className })}
        // Not the disabled attribute: focus would fall off the button when the last undo is done.
        aria-disabled={disabled}
        data-disabled={disabled || undefined}
        onClick={disabled ? undefined : act}
      >
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  )
}

export function Brand(): ReactElement {
  return (
    <a className="tl-brand" href="/" aria-label="Trunkline, to the labs">
      <svg width="22" height="22" viewBox="0 0 24 24" fill="none" aria-hidden="true">
        <path
          d="M4 6h16M12 6v12M4 18h5M15 18h5"
          stroke="currentColor"
          strokeWidth="2.4"
          strokeLinecap="round"
        />
        <circle cx="4" cy="6" r="2.400" fill="currentColor" />
        <circle cx="20" cy="6" r="2.400" fill="currentColor" />
        <circle cx="12" cy="18" r="2.800" fill="currentColor" />
      </svg>
      <span>Trunkline</span>
    </a>
  )
}

function LabName(): ReactElement {
  const name = useStore((state) => state.lab?.name ?? '')
  const [text, setText] = useState(name)
  useEffect(() => setText(name), [name])
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'Enter') event.currentTarget.blur()
    if (event.key === 'Escape') {
      setText(name)
      event.currentTarget.value = name
      event.currentTarget.blur()
    }
  }
  return (
    <input
      className="tl-lab-name"
      aria-label="Name of the lab"
      data-testid="lab-name"
      value={text}
      maxLength={80}
      onChange={(event) => setText(event.currentTarget.value)}
      onKeyDown={onKeyDown}
      onBlur={(event) => {
        const wanted = event.currentTarget.value
        if (wanted.trim()) void actions.renameLab(wanted)
        else setText(name)
      }}
    />
  )
}

const CONNECTION = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Connection lost',
  refused: 'Signed out',
} as const

function Connected(): ReactElement {
  const connection = useStore((state) => state.connection)
  const unsaved = useStore((state) => state.pending.length)
  const words = connection === 'live' && unsaved ? 'Saving' : CONNECTION[connection]
  return (
    <span className="tl-connection" data-connection={connection} data-testid="connection">
      <span>{words}</span>
    </span>
  )
}

const initials = (name: string): string =>
  name
    .split(/[\s._-]+/)
    .slice(0, 2)
    .map((part) => part.charAt(0).toUpperCase())
    .join('')

function People(): ReactElement | null {
  const people = useStore((state) => state.people)
  if (!people.length) return null
  return (
    <div
      className="tl-avatars tl-middle"
      aria-label={`Also here: ${people.map((one) => one.name).join(', ')}`}
      role="group"
    >
      {people.slice(0, 5).map((person) => (
        <Tooltip key={person.client} label={person.name}>
          <span className="tl-avatar" style={{ background: person.color }}>
            {initials(person.name)}
          </span>
        </Tooltip>
      ))}
      {people.length > 5 ? (
        <span className="tl-avatar" style={{ background: 'var(--tl-dim)' }}>
          +{people.length - 5}
        </span>
      ) : null}
    </div>
  )
}

function Deploy(): ReactElement {
  const running = useStore(
    (state) =>
      state.deployment !== null &&
      (state.deployment.state === 'planning' ||
        state.deployment.state === 'applying' ||
        (state.deployment.state === 'planned' && state.deployment.preflight?.state === 'running')),
  )
  const errors = useStore(
    (state) => state.findings.filter((one) => one.severity === 'error').length,
  )
  const empty = useStore((state) => Object.keys(state.design.nodes).length === 0)
  const vms = useStore((state) =>
    Object.values(state.design.nodes).some((node) => node.kind === 'vm'),
  )
  const noChecks = useStore((state) => Object.keys(state.design.checks).length === 0)
  const live = useStore((state) => state.connection === 'live')
  const open = useUi((ui) => ui.drawer === 'deploy')
  const blocked = errors > 0
  const deploy = (): void => {
    if (blocked) setUi({ right: 'findings', rightOpen: true })
    else void actions.deploy('deploy')
  }
  return (
    <Group gap={0} wrap="nowrap">
      <Tooltip
        label={
          blocked
            ? `${errors} ${errors === 1 ? 'error stands' : 'errors stand'} in the way: show them`
            : 'Make the hypervisors what is drawn'
        }
      >
        <Button
          size="sm"
          h={34}
          px={14}
          leftSection={<Icon name={blocked ? 'error' : 'play'} size={15} />}
          color={blocked ? 'gray' : 'indigo'}
          variant={blocked ? 'default' : 'filled'}
          loading={running}
          disabled={empty || !live}
          onClick={deploy}
          data-testid="deploy"
          style={{ borderTopRightRadius: 0, borderBottomRightRadius: 0 }}
        >
          {blocked ? `${errors} ${errors === 1 ? 'error' : 'errors'}` : 'Deploy'}
        </Button>
      </Tooltip>
      <Menu position="bottom-end" width={300} shadow="md">
        <Menu.Target>
          <ActionIcon
            size={34}
            color={blocked || empty ? 'gray' : 'indigo'}
            variant={blocked || empty ? 'default' : 'filled'}
            aria-label="More ways to deploy"
            data-testid="deploy-menu"
            style={{
              borderTopLeftRadius: 0,
              borderBottomLeftRadius: 0,
              borderLeft: `1px solid ${blocked || empty ? 'var(--tl-line)' : 'rgb(255 255 255 / 25%)'}`,
            }}
          >
            <Icon name="chevronDown" size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<Icon name="list" size={16} />}
            disabled={blocked || running || empty}
            onClick={() => void actions.deploy('plan')}
            data-testid="plan"
          >
            Plan only
          </Menu.Item>
          <Menu.Item
            leftSection={<Icon name="search" size={16} />}
            disabled={running || empty || !live}
            onClick={() => {
              setUi({ drawer: 'deploy' })
              void actions.runPreflight()
            }}
            data-testid="preflight-only"
          >
            Preflight only: what do the segments carry?
          </Menu.Item>
          <Menu.Item
            leftSection={<Icon name="check" size={16} />}
            disabled={!live || noChecks}
            onClick={() => {
              setUi({ right: 'checks', rightOpen: true })
              void actions.runChecks()
            }}
            data-testid="run-checks-menu"
          >
            Run checks
          </Menu.Item>
          {vms ? (
            <>
              <Menu.Divider />
              <Menu.Item
                leftSection={<Icon name="play" size={16} />}
                disabled={!live || running}
                onClick={() => void actions.actOnVms('start')}
                data-testid="start-all"
              >
                Start all VMs
              </Menu.Item>
              <Menu.Item
                leftSection={<Icon name="power" size={16} />}
                disabled={!live || running}
                onClick={() => void actions.actOnVms('shutdown')}
                data-testid="shutdown-all"
              >
                Shut down all VMs
              </Menu.Item>
              <Menu.Divider />
            </>
          ) : null}
          <Menu.Item
            leftSection={<Icon name="server" size={16} />}
            onClick={() => setUi({ dialog: 'placement' })}
            data-testid="placement"
          >
            Place hosts on hypervisors…
          </Menu.Item>
          <Menu.Item
            leftSection={<Icon name="history" size={16} />}
            onClick={() => setUi({ drawer: open ? null : 'deploy' })}
          >
            {open ? 'Hide' : 'Show'} plan and progress
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            color="red"
            leftSection={<Icon name="stop" size={16} />}
            disabled={running}
            onClick={() => setUi({ dialog: 'destroy' })}
            data-testid="destroy"
          >
            Destroy what is deployed
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  )
}

export function ThemeToggle(): ReactElement {
  const scheme = useComputedColorScheme('light')
  const { setColorScheme } = useMantineColorScheme()
  return (
    <Tool
      icon={scheme === 'dark' ? 'sun' : 'moon'}
      words={scheme === 'dark' ? 'Light colours' : 'Dark colours'}
      act={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
    />
  )
}

/** On a narrow window: what has no button there. */
function More(): ReactElement {
  const scheme = useComputedColorScheme('light')
  const { setColorScheme } = useMantineColorScheme()
  const redo = useStore((state) => state.redo.at(-1)?.label)
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={32}
          className="tl-narrow"
          aria-label="More"
          data-testid="more"
        >
          <Icon name="more" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          className="tl-folded"
          leftSection={<Icon name="redo" size={16} />}
          disabled={redo === undefined}
          onClick={actions.redo}
        >
          {redo === undefined ? 'Nothing to redo' : `Redo: ${redo}`}
        </Menu.Item>
        <Menu.Item
          className="tl-folded"
          leftSection={<Icon name="history" size={16} />}
          onClick={() => setUi({ drawer: 'revisions' })}
        >
          Revisions
        </Menu.Item>
        <Menu.Item
          leftSection={<Icon name={scheme === 'dark' ? 'sun' : 'moon'} size={16} />}
          onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
        >
          {scheme === 'dark' ? 'Light colours' : 'Dark colours'}
        </Menu.Item>
        <Menu.Item
          leftSection={<Icon name="help" size={16} />}
          onClick={() => setUi({ dialog: 'help' })}
        >
          Keys
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

export function Header(): ReactElement {
  const name = useStore((state) => state.lab?.name ?? '')
  const team = useStore((state) => state.lab?.team ?? '')
  const lastUndo = useStore((state) => state.undo.at(-1)?.label)
  const lastRedo = useStore((state) => state.redo.at(-1)?.label)
  const leftOpen = useUi((ui) => ui.leftOpen)
  const rightOpen = useUi((ui) => ui.rightOpen)
  const revisions = useUi((ui) => ui.drawer === 'revisions')
  return (
    <header className="tl-header">
      <h1 className="tl-sr">{name}</h1>
      <div className="tl-header-side">
        <Brand />
        <span className="tl-slash" aria-hidden="true">
          /
        </span>
        {team ? (
          <>
            <span className="tl-team">{team}</span>
            <span className="tl-slash tl-wide" aria-hidden="true">
              /
            </span>
          </>
        ) : null}
        <LabName />
        <Connected />
      </div>
      <div className="tl-header-fill" />
      <div className="tl-header-side">
        <People />
        <Tool
          icon="undo"
          words={lastUndo === undefined ? 'Nothing to undo' : `Undo: ${lastUndo}`}
          disabled={lastUndo === undefined}
          act={actions.undo}
        />
        <Tool
          icon="redo"
          words={lastRedo === undefined ? 'Nothing to redo' : `Redo: ${lastRedo}`}
          disabled={lastRedo === undefined}
          className="tl-middle"
          act={actions.redo}
        />
        <Tool
          icon="history"
          words="Revisions"
          on={revisions}
          className="tl-middle"
          act={() => setUi({ drawer: revisions ? null : 'revisions' })}
        />
        <Tool
          icon="panelLeft"
          words={leftOpen ? 'Hide the palette' : 'Show the palette'}
          act={() => setUi({ leftOpen: !leftOpen })}
        />
        <Tool
          icon="panelRight"
          words={rightOpen ? 'Hide the inspector' : 'Show the inspector'}
          act={() => setUi({ rightOpen: !rightOpen })}
        />
        <span className="tl-wide" style={{ display: 'inline-flex' }}>
          <Tool icon="help" words="Keys" act={() => setUi({ dialog: 'help' })} />
          <ThemeToggle />
        </span>
        <More />
        <span style={{ width: 4 }} />
        <Deploy />
      </div>
    </header>
  )
}
