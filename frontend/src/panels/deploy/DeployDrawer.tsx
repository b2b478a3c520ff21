/** Below the canvas: the plan, its progress on each hypervisor, and how it ended. */

import {
  ActionIcon,
  Alert,
  Badge,
  Box,
  Button,
  Group,
  Select,
  Stack,
  Text,
  Title,
} from '@mantine/core'
import { useCallback, useEffect, useState } from 'react'
import type { ReactElement } from 'react'
import { actions, http, useStore } from '@/store/index.ts'
import type { Deployment, Finding, Part } from '@/live/messages.ts'
import { ago } from '../ago.ts'
import { ChecksAfter } from '../checks/ChecksAfter.tsx'
import { FindingRows } from '../findings/FindingRows.tsx'
import { useLoaded } from '../useLoaded.ts'
import { GuardedDialog } from './Guarded.tsx'
import { mustAsk } from './guarded.ts'
import { Operations } from './Operations.tsx'
import { Outcomes } from './Outcomes.tsx'
import { PartCard } from './PartCard.tsx'
import { PreflightSection } from './PreflightSection.tsx'
import { Restarts, Waits } from './Restarts.tsx'
import { decides, plural, runs, stateOf, titleOf } from './words.ts'

export function DeployDrawer(): ReactElement | null {
  const open = useStore((state) => state.ui.drawer === 'deploy')
  return open ? <Drawer /> : null
}

function Drawer(): ReactElement {
  const latest = useStore((state) => state.deployment)
  const blocked = useStore((state) => state.blocked)
  const history = useHistory(latest)
  const [chosen, choose] = useState<string | null>(null)
  const shown =
    chosen === null || chosen === latest?.id ? latest : (history.find((one) => one.id === chosen) ?? latest)
  return (
    <Box
      component="section"
      aria-label="Deployment"
      data-testid="deploy-drawer"
      data-state={shown?.state ?? 'none'}
      style={{ display: 'flex', flexDirection: 'column', height: '100%', minHeight: 0 }}
    >
      <Head deployment={shown} history={history} onChoose={choose} />
      {blocked !== null && <Blocked />}
      <Box style={{ display: 'flex', flexDirection: 'column', flex: 1, minHeight: 0, overflow: 'auto' }}>
        <Alone />
        {shown?.preflight && <PreflightSection preflight={shown.preflight} deployment={shown} />}
        {shown === null ? (
          blocked === null && (
            <Text c="dimmed" p="md">
              Nothing was deployed yet. Deploy shows what will be done on each hypervisor, does it,
              and then shows what was observed.
            </Text>
          )
        ) : (
          <Body key={shown.id} deployment={shown} latest={shown.id === latest?.id} />
        )}
      </Box>
    </Box>
  )
}

/** A preflight that somebody asked for, with no deployment behind it. */
function Alone(): ReactElement | null {
  const preflight = useStore((state) => state.preflight)
  if (preflight === null) return null
  return (
    <PreflightSection
      preflight={preflight}
      onClose={() => useStore.setState({ preflight: null })}
    />
  )
}

/** Past deployments of the lab, fetched again when the latest one changes its state. */
function useHistory(latest: Deployment | null): readonly Deployment[] {
  const lab = useStore((state) => state.lab?.id)
  const load = useCallback(
    () =>
      lab === undefined
        ? Promise.resolve<Deployment[]>([])
        : http.get<Deployment[]>(`/api/labs/${lab}/deployments`),
    [lab],
  )
  const { value, reload } = useLoaded(load)
  const moment = `${latest?.id ?? ''}${latest?.state ?? ''}`
  useEffect(reload, [moment, reload])
  return value ?? []
}

interface HeadProps {
  deployment: Deployment | null
  history: readonly Deployment[]
  onChoose: (id: string | null) => void
}

function Head({ deployment, history, onChoose }: HeadProps): ReactElement {
  const state = deployment && stateOf(deployment)
  return (
    <Group
      justify="space-between"
      px="md"
      py={8}
      gap={8}
      style={{ borderBottom: '1px solid var(--mantine-color-default-border)' }}
    >
      <Group gap="sm">
        <Title order={2} fz={15}>
          {deployment ? `${titleOf(deployment)} of revision ${deployment.revision}` : 'Deployment'}
        </Title>
        {deployment && state && (
          <>
            <Badge color={state.color} variant="light" data-testid="deployment-state">
              {state.words}
            </Badge>
            <Text size="xs" c="dimmed">
              {ago(deployment.created)}
            </Text>
          </>
        )}
      </Group>
      <Group gap="xs">
        {history.length > 1 && (
          <Select
            size="xs"
            w={220}
            visibleFrom="xs"
            aria-label="Earlier deployments"
            value={deployment?.id ?? null}
            onChange={onChoose}
            allowDeselect={false}
            data={history.map((one) => ({
              value: one.id,
              label: `${titleOf(one)}, ${stateOf(one).words.toLowerCase()}, ${ago(one.created)}`,
            }))}
          />
        )}
        {deployment && <Steps deployment={deployment} />}
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Close"
          onClick={() => actions.setUi({ drawer: null })}
        >
          ✕
        </ActionIcon>
      </Group>
    </Group>
  )
}

function Steps({ deployment }: { deployment: Deployment }): ReactElement | null {
  const blocked = useStore((state) => state.blocked)
  // Where a preflight runs or has failed, its own section has the ways on.
  if (deployment.state === 'planned' && decides(deployment)) return null
  if (deployment.state === 'planned') return <Decide deployment={deployment} />
  if (runs(deployment))
    return (
      <Button
        size="xs"
        variant="default"
        data-testid="cancel"
        onClick={() => void actions.cancelDeployment(deployment.id)}
      >
        Cancel and put back
      </Button>
    )
  // What was wanted since and was not begun has a button of its own.
  if (deployment.state === 'failed' && deployment.kind !== 'plan' && blocked === null)
    return (
      <Button size="xs" onClick={() => void actions.deploy(deployment.kind)}>
        Try again
      </Button>
    )
  return null
}

/** To apply the plan or to discard it; asked once more where hypervisors may be cut off by it. */
function Decide({ deployment }: { deployment: Deployment }): ReactElement {
  const [asking, ask] = useState(false)
  const apply = (): void => {
    ask(false)
    void actions.applyDeployment(deployment.id)
  }
  return (
      <>
        <GuardedDialog
          deployment={deployment}
          opened={asking}
          onClose={() => ask(false)}
          onAgree={apply}
        />
        <Button size="xs" variant="default" onClick={() => void actions.cancelDeployment(deployment.id)}>
          Discard plan
        </Button>
        <Button
          size="xs"
          data-testid="apply"
          onClick={() => (mustAsk(deployment) ? ask(true) : apply())}
        >
          Apply
        </Button>
      </>
    )
}

/** Why a deployment was not begun: the findings that stand in its way, each a way to its place. */
function Blocked(): ReactElement | null {
  const blocked = useStore((state) => state.blocked)
  if (blocked === null) return null
  return (
    <Box px="md" pt="sm" style={{ overflow: 'auto', flex: '0 1 auto' }} data-testid="blocked">
      <Alert color="red" title="Nothing was begun">
        <Group justify="space-between" gap="xs">
          {blocked.message}
          <Button size="xs" onClick={() => void actions.deploy(blocked.kind, blocked.wishes)}>
            Try again
          </Button>
        </Group>
      </Alert>
      {blocked.findings.length > 0 && <FindingRows findings={blocked.findings} />}
    </Box>
  )
}

/** Instead of a list of no operations. */
function said(part: Part): string {
  if (part.state === 'waiting') return 'waits for its agent'
  if (part.state === 'planning') return 'compares what is there with what is drawn'
  if (part.state === 'planned' || part.state === 'applied') return 'all is as it is drawn'
  return 'no operations'
}

/** What to know of the design where it is placed; it stands in nobody's way. */
function Warnings({ findings }: { findings: readonly Finding[] }): ReactElement | null {
  if (findings.length === 0) return null
  return (
    <Box component="section" aria-label="Warnings" data-testid="warnings">
      <FindingRows findings={findings} />
    </Box>
  )
}

interface BodyProps {
  deployment: Deployment
  /** Whether it is the lab's last one: the checks that are shown came after that. */
  latest: boolean
}

function Body({ deployment, latest }: BodyProps): ReactElement {
  const [chosen, choose] = useState<string>()
  const part =
    deployment.parts.find((one) => one.hypervisor.id === chosen) ??
    deployment.parts.find((one) => one.failure !== null || one.state === 'refused') ??
    deployment.parts[0]
  return (
    <Box
      style={{
        display: 'flex',
        flexWrap: 'wrap',
        gap: 16,
        // Below a preflight's table it keeps its own height, and all of it scrolls together.
        ...(deployment.preflight ? { flex: '1 0 300px' } : { flex: 1, minHeight: 0, overflow: 'auto' }),
      }}
      p="md"
    >
      <Stack gap="xs" style={{ flex: '1 1 240px', overflow: 'auto', maxHeight: '100%' }} maw={{ sm: 380 }}>
        <Outcomes deployment={deployment} />
        {deployment.state === 'planned' && <Restarts deployment={deployment} />}
        <Waits deployment={deployment} />
        {latest && deployment.kind === 'deploy' && deployment.state === 'done' && <ChecksAfter />}
        {deployment.parts.map((one) => (
          <PartCard
            key={one.hypervisor.id}
            part={one}
            shown={one === part}
            onShow={() => choose(one.hypervisor.id)}
          />
        ))}
        {deployment.parts.length === 0 && (
          <Text size="sm" c="dimmed">
            No hypervisor has anything to do.
          </Text>
        )}
        <Warnings findings={deployment.warnings} />
      </Stack>
      {part !== undefined && (
        <Box
          style={{
            display: 'flex',
            flexDirection: 'column',
            flex: '3 1 300px',
            minWidth: 0,
            minHeight: 160,
            maxHeight: '100%',
          }}
        >
          <Text size="sm" fw={600} mb={4}>
            {part.hypervisor.name}: {part.operations_count === 0 ? said(part) : plural(part.operations_count, 'operation')}
          </Text>
          <Operations
            deployment={deployment.id}
            hypervisor={part.hypervisor.id}
            count={part.operations_count}
          />
        </Box>
      )}
    </Box>
  )
}
