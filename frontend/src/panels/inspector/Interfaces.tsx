/** The interfaces of a node, each with its cable and its fields. */

import { Accordion, Button, Group, Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { indexOf } from '@/model/index-of.ts'
import type { Design } from '@/model/records.ts'
import { interfaceTitle, nodeOf, ref, titleOf } from '@/model/records.ts'
import { idsOf, shown } from '@/model/vlans.ts'
import { actions, useDesign, useFindingsAt, useInterfacesOf, useKind, useNode } from '@/store/index.ts'
import { Fields } from './Fields.tsx'
import { offered } from './meant.ts'
import { Observed } from './Observed.tsx'

export function Interfaces({ node }: { node: string }): ReactElement | null {
  const ids = useInterfacesOf(node)
  const record = useNode(node)
  const kind = useKind(record?.kind ?? 'host')
  const design = useDesign()
  if (kind === undefined || kind.takes_interfaces === 'none') return null
  const ports = kind.takes_interfaces === 'ports'
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text size="sm" fw={600}>
          {ports ? 'Ports' : 'Interfaces'}
        </Text>
        <Group gap={4}>
          {!ports && kind.takes_interfaces !== 'single' && (
            <Button
              size="compact-xs"
              variant="subtle"
              data-testid="add-interface"
              onClick={() => actions.addInterface(node)}
            >
              Add
            </Button>
          )}
          <Button
            size="compact-xs"
            variant="subtle"
            data-testid="connect-from-inspector"
            onClick={() => actions.openConnect({ node })}
          >
            Connect to…
          </Button>
        </Group>
      </Group>
      {ids.length === 0 && (
        <Text size="sm" c="dimmed">
          {ports ? 'Connect something: each cable gets a port.' : 'None yet.'}
        </Text>
      )}
      <Accordion variant="separated" multiple chevronPosition="left">
        {ids.map((id) => (
          <Accordion.Item key={id} value={id}>
            <Accordion.Control data-testid={`interface-${id}`}>
              <Title design={design} id={id} />
            </Accordion.Control>
            <Accordion.Panel>
              <OneInterface id={id} />
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </Stack>
  )
}

function Title({ design, id }: { design: Design; id: string }): ReactElement {
  const record = design.interfaces[id]
  const findings = useFindingsAt(ref('interfaces', id))
  return (
    <div>
      <Text size="sm" fw={500}>
        {interfaceTitle(id, record)}
        {findings.length > 0 && (
          <Text span c="red" aria-label="has findings">
            {' '}
            !
          </Text>
        )}
      </Text>
      <Text size="xs" c="dimmed">
        {[leadsTo(design, id), vlansOf(design, id), record?.addresses.join(', ')]
          .filter(Boolean)
          .join(' · ')}
      </Text>
    </div>
  )
}

function leadsTo(design: Design, id: string): string {
  const [linkId] = indexOf(design).linksAt.get(id) ?? []
  const link = linkId === undefined ? undefined : design.links[linkId]
  if (!link) return 'not connected'
  const far = nodeOf(link.a === id ? link.b : link.a)
  return `to ${titleOf(far, design.nodes[far])}`
}

/** What a port of a VLAN-aware bridge lets through: "VLAN 10", "tagged 10, 20". */
function vlansOf(design: Design, id: string): string {
  const record = design.interfaces[id]
  if (record === undefined || design.nodes[record.node]?.kind !== 'bridge') return ''
  const tagged = idsOf(record.tagged)
  return [
    typeof record.vlan === 'number' ? `VLAN ${record.vlan}` : '',
    tagged.length > 0 ? `tagged ${shown(tagged)}` : '',
  ]
    .filter(Boolean)
    .join(', ')
}

/** The fields of one interface, what was seen of it, and the way to remove it. */
export function OneInterface({ id }: { id: string }): ReactElement | null {
  const design = useDesign()
  const spec = useKind('interface')
  const at = ref('interfaces', id)
  if (spec === undefined) return null
  return (
    <Stack gap="sm">
      <Observed at={at} />
      <Fields refs={[at]} specs={offered(design, id, spec)} />
      <Button
        size="compact-sm"
        variant="subtle"
        color="red"
        style={{ alignSelf: 'flex-start' }}
        onClick={() => actions.remove([at])}
      >
        Remove
      </Button>
    </Stack>
  )
}
