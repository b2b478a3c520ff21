/** A trunk's access links: which VLAN leads where, and what its sub-interface is called. */

import {
  ActionIcon,
  Button,
  Group,
  NumberInput,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
  VisuallyHidden,
} from '@mantine/core'
import { useCallback, useMemo, useState } from 'react'
import type { ReactElement } from 'react'
import { Icon } from '@/icons/index.tsx'
import { natural, ref, titleOf } from '@/model/records.ts'
import { LEAST_VLAN, MOST_VLAN } from '@/model/vlans.ts'
import { actions, candidates, useDesign, useFindingsAt } from '@/store/index.ts'
import { useDraft } from '../useDraft.ts'
import type { Access, TrunkView } from './access.ts'
import { said, viewOf } from './access.ts'
import { Picture } from './Picture.tsx'

export function AccessLinks({ trunk }: { trunk: string }): ReactElement {
  const design = useDesign()
  const view = useMemo(() => viewOf(design, trunk), [design, trunk])
  return (
    <Stack gap="xs" data-testid="access-links">
      <Uplink view={view} trunk={trunk} />
      {view.mode === 'sub-interfaces' && <SubInterfaces view={view} trunk={trunk} />}
      {view.mode === 'vlan-aware' && <OneBridge view={view} trunk={trunk} />}
      {(view.mode === 'vlan-aware' || view.access.length > 0) && (
        <>
          <Text size="sm" fw={600}>
            What will be made
          </Text>
          <Picture view={view} />
        </>
      )}
    </Stack>
  )
}

function Uplink({ view, trunk }: { view: TrunkView; trunk: string }): ReactElement {
  const { nic } = view
  return (
    <Group justify="space-between">
      <Text size="sm" fw={600}>
        On the NIC
      </Text>
      {nic === undefined ? (
        <Button
          size="compact-xs"
          variant="subtle"
          data-testid="connect-from-inspector"
          onClick={() => actions.openConnect({ node: trunk })}
        >
          Connect to a NIC…
        </Button>
      ) : (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => actions.focusOn(ref('nodes', nic.node))}
        >
          {nic.device}
        </Button>
      )}
    </Group>
  )
}

function SubInterfaces({ view, trunk }: { view: TrunkView; trunk: string }): ReactElement {
  return (
    <>
      <Text size="sm" fw={600}>
        Access links
      </Text>
      {view.access.length === 0 ? (
        <Text size="sm" c="dimmed">
          None yet: connect bridges, containers or routers, each in a VLAN.
        </Text>
      ) : (
        <Table withRowBorders={false} verticalSpacing={3} horizontalSpacing={3} layout="fixed" fz="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={62}>VLAN</Table.Th>
              <Table.Th w={106}>Sub-interface</Table.Th>
              <Table.Th>Leads to</Table.Th>
              <Table.Th w={30}>
                <VisuallyHidden>Remove</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {view.access.map((one) => (
              <AccessRow key={one.port} one={one} />
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Add trunk={trunk} />
    </>
  )
}

function AccessRow({ one }: { one: Access }): ReactElement {
  const at = ref('interfaces', one.port)
  const findings = useFindingsAt(at)
  const words = said(one)
  return (
    <>
      <Table.Tr data-testid={`access-${one.port}`}>
        <Table.Td>
          <VlanCell one={one} />
        </Table.Td>
        <Table.Td>
          {one.nameable ? (
            <NameCell one={one} />
          ) : (
            <Text size="xs" ff="monospace" truncate title={words}>
              {one.becomes === 'untagged' ? 'untagged' : one.name}
            </Text>
          )}
        </Table.Td>
        <Table.Td>
          <Button
            size="compact-xs"
            variant="subtle"
            fullWidth
            justify="flex-start"
            px={4}
            title={words}
            onClick={() =>
              actions.focusOn(one.far === undefined ? at : ref('nodes', one.far.node))
            }
          >
            {one.far?.title ?? one.addresses[0] ?? 'host itself'}
          </Button>
        </Table.Td>
        <Table.Td>
          <ActionIcon
            size={26}
            variant="subtle"
            color="gray"
            aria-label={`Remove ${words}`}
            onClick={() => actions.remove([at])}
          >
            <Icon name="close" size={14} />
          </ActionIcon>
        </Table.Td>
      </Table.Tr>
      {findings.map((finding) => (
        <Table.Tr key={finding.code + (finding.field ?? '')}>
          <Table.Td colSpan={4}>
            <Text size="xs" c={finding.severity === 'error' ? 'red' : 'yellow'}>
              {finding.severity === 'error' ? '✕' : '!'} {finding.message} {finding.fix}
            </Text>
          </Table.Td>
        </Table.Tr>
      ))}
      {one.far === undefined && (
        <Table.Tr>
          <Table.Td colSpan={4}>
            <Button
              size="compact-xs"
              variant="subtle"
              onClick={() => actions.focusOn(at)}
            >
              {one.addresses.length === 0 ? 'Give it an address…' : 'Its addresses…'}
            </Button>
          </Table.Td>
        </Table.Tr>
      )}
    </>
  )
}

const sameNumber = (one: number | null, other: number | null): boolean => one === other
const isVlan = (id: number | null): boolean =>
  id === null || (Number.isInteger(id) && id >= LEAST_VLAN && id <= MOST_VLAN)

function VlanCell({ one }: { one: Access }): ReactElement {
  const save = useCallback(
    (vlan: number | null) => actions.editField(ref('interfaces', one.port), 'vlan', vlan),
    [one.port],
  )
  const { draft, change, commit, onKeyDown } = useDraft(one.vlan, sameNumber, isVlan, save)
  return (
    <NumberInput
      size="xs"
      aria-label={`VLAN of ${one.port}`}
      data-testid={`vlan-of-${one.port}`}
      value={draft ?? ''}
      onChange={(typed) => change(typeof typed === 'number' ? typed : null)}
      onBlur={commit}
      onKeyDown={onKeyDown}
      allowDecimal={false}
      clampBehavior="none"
      hideControls
      min={LEAST_VLAN}
      max={MOST_VLAN}
      placeholder="none"
      error={!isVlan(draft)}
      {...(isVlan(draft) ? {} : { title: `VLAN ids go from ${LEAST_VLAN} to ${MOST_VLAN}.` })}
    />
  )
}

const sameText = (one: string, other: string): boolean => one === other
/** As designer/topology/fields.py has it: what the kernel takes, and a little stricter. */
const isName = (text: string): boolean => text === '' || /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/.test(text)

function NameCell({ one }: { one: Access }): ReactElement {
  const save = useCallback(
    (name: string) => actions.editField(ref('interfaces', one.port), 'name', name),
    [one.port],
  )
  const kept = one.named ? one.name : ''
  const { draft, change, commit, onKeyDown } = useDraft(kept, sameText, isName, save)
  return (
    <TextInput
      size="xs"
      aria-label={`Sub-interface of ${one.port}`}
      data-testid={`name-of-${one.port}`}
      value={draft}
      onChange={(event) => change(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={onKeyDown}
      placeholder={one.named ? '' : one.name}
      error={!isName(draft)}
      {...(isName(draft) ? {} : { title: 'Letters, digits and . _ - only, up to 15.' })}
      spellCheck={false}
      autoComplete="off"
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
    />
  )
}

const ITSELF = ':itself'

/** Another access link: to a bridge or a machine, or to the hypervisor itself. */
function Add({ trunk }: { trunk: string }): ReactElement {
  const design = useDesign()
  const [to, setTo] = useState<string | null>(null)
  const options = useMemo(
    () => [
      ...candidates(design, { node: trunk })
        .filter((id) => design.nodes[id]?.kind !== 'nic')
        .sort(natural)
        .map((id) => ({
          value: id,
          label: `${titleOf(id, design.nodes[id])} (${design.nodes[id]?.kind ?? ''})`,
        })),
      { value: ITSELF, label: 'the host itself, with an address' },
    ],
    [design, trunk],
  )
  const add = (): void => {
    if (to === ITSELF) {
      const id = actions.addInterface(trunk)
      actions.focusOn(ref('interfaces', id))
    } else if (to !== null) actions.connect({ node: trunk }, { node: to })
    setTo(null)
  }
  return (
    <Group gap={6} wrap="nowrap">
      <Select
        size="xs"
        style={{ flex: 1 }}
        aria-label="Where another access link leads"
        data-testid="access-to"
        placeholder="Another, to…"
        data={options}
        value={to}
        onChange={setTo}
        searchable
        nothingFoundMessage="No such node."
      />
      <Button
        size="xs"
        variant="default"
        disabled={to === null}
        onClick={add}
        data-testid="add-access"
      >
        Add
      </Button>
    </Group>
  )
}

function OneBridge({ view, trunk }: { view: TrunkView; trunk: string }): ReactElement {
  const linked = view.access.filter((one) => one.far !== undefined)
  return (
    <>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="sm" fw={600}>
          Into the bridge
        </Text>
        {linked.length === 0 ? (
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => actions.openConnect({ node: trunk })}
          >
            Connect to a bridge…
          </Button>
        ) : (
          <Stack gap={4} align="flex-end">
            {linked.map((one) => (
              <BridgeLink key={one.port} one={one} />
            ))}
          </Stack>
        )}
      </Group>
      {linked.length > 0 && (
        <Text size="xs" c="dimmed">
          {linked.length === 1
            ? 'Which VLAN a machine is in stands at the bridge’s port that it is plugged into.'
            : 'Only one bridge may be here: remove the other cables.'}
        </Text>
      )}
    </>
  )
}

function BridgeLink({ one }: { one: Access }): ReactElement | null {
  const { far } = one
  if (far === undefined) return null
  return (
    <Group gap={2} wrap="nowrap">
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => actions.focusOn(ref('nodes', far.node))}
      >
        {far.title}
      </Button>
      <ActionIcon
        size={26}
        variant="subtle"
        color="gray"
        aria-label={`Remove the cable to ${far.title}`}
        onClick={() => actions.remove([ref('interfaces', one.port)])}
      >
        <Icon name="close" size={14} />
      </ActionIcon>
    </Group>
  )
}
