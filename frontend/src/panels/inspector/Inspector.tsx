/** The tab beside the canvas: everything about what is selected, and a field for every property. */

import { Box, Button, Group, Stack, Text } from '@mantine/core'
import { useMemo } from 'react'
import type { ReactElement } from 'react'
import type { FieldSpec } from '@/model/kinds.ts'
import type { Ref } from '@/model/records.ts'
import { nodeOf, recordAt, ref, splitRef, titleOf } from '@/model/records.ts'
import {
  actions,
  useDesign,
  useKind,
  useLink,
  useNode,
  useSelection,
  useStore,
} from '@/store/index.ts'
import { OpenConsole } from '../console/OpenConsole.tsx'
import { plural } from '../deploy/words.ts'
import { Fields } from './Fields.tsx'
import { Interfaces, OneInterface } from './Interfaces.tsx'
import { offeredAtNode } from './meant.ts'
import { Observed } from './Observed.tsx'
import { OneCheck } from './OneCheck.tsx'
import { AtRecord, Delete, Head } from './parts.tsx'
import { Plug } from './Plug.tsx'
import { Passing } from './segment/Passing.tsx'
import { Lifecycle } from '../vm/Lifecycle.tsx'
import { AccessLinks } from './trunk/AccessLinks.tsx'

export function Inspector(): ReactElement {
  const selection = useSelection()
  const design = useDesign()
  const refs = useMemo(
    () => [...selection].filter((at) => recordAt(design, at) !== undefined),
    [selection, design],
  )
  const [only] = refs
  return (
    <Box p="md" data-testid="inspector" key={refs.join(' ')}>
      {only === undefined ? (
        <NothingSelected />
      ) : refs.length > 1 ? (
        <Several refs={refs} />
      ) : (
        <One at={only} />
      )}
    </Box>
  )
}

function NothingSelected(): ReactElement {
  const empty = useStore((state) => Object.keys(state.design.nodes).length === 0)
  return (
    <Stack gap={4} py="lg" ta="center">
      <Text fw={600}>Nothing selected</Text>
      <Text size="sm" c="dimmed">
        {empty
          ? 'Drag a host onto the canvas first; bridges, containers and VMs stand on it.'
          : 'Select a node or a cable to see and change its properties.'}
      </Text>
    </Stack>
  )
}

function One({ at }: { at: Ref }): ReactElement {
  const [table, id] = splitRef(at)
  if (table === 'nodes') return <OneNode id={id} />
  if (table === 'links') return <OneLink id={id} />
  if (table === 'checks') return <OneCheck id={id} />
  return (
    <Stack>
      <Head title={id} kind="Interface" />
      <AtRecord at={at} />
      <OneInterface id={id} />
    </Stack>
  )
}

function OneNode({ id }: { id: string }): ReactElement | null {
  const node = useNode(id)
  const kind = useKind(node?.kind ?? 'host')
  if (node === undefined || kind === undefined) return null
  const at = ref('nodes', id)
  return (
    <Stack>
      <Head title={titleOf(id, node)} kind={kind.title} sign={node.kind} help={kind.help} />
      <Observed at={at} />
      {node.kind === 'vm' && <Lifecycle id={id} />}
      {node.kind === 'vm' && <OpenConsole vm={id} />}
      <AtRecord at={at} />
      <Fields refs={[at]} specs={offeredAtNode(node, kind)} />
      {node.kind === 'trunk' ? <AccessLinks trunk={id} /> : <Interfaces node={id} />}
      {node.kind === 'segment' && <Passing segment={id} />}
      <Delete refs={[at]} />
    </Stack>
  )
}

function OneLink({ id }: { id: string }): ReactElement | null {
  const link = useLink(id)
  const spec = useKind('link')
  const design = useDesign()
  if (link === undefined || spec === undefined) return null
  const at = ref('links', id)
  return (
    <Stack>
      <Head title={link.label || 'Cable'} kind="Link" />
      <Group gap="xs">
        {[link.a, link.b].map((end) => (
          <Button
            key={end}
            size="compact-sm"
            variant="default"
            onClick={() => actions.focusOn(ref('nodes', nodeOf(end)))}
          >
            {titleOf(nodeOf(end), design.nodes[nodeOf(end)])}, {end.slice(end.indexOf(':') + 1)}
          </Button>
        ))}
      </Group>
      <Observed at={at} />
      <AtRecord at={at} />
      <Fields
        refs={[at]}
        specs={spec.fields.filter((field) => !['a', 'b', 'plugged'].includes(field.name))}
      />
      <Plug at={at} link={link} />
      <Delete refs={[at]} />
    </Stack>
  )
}

/** Of several records, the fields that all of them have; a change is one step for all. */
function Several({ refs }: { refs: readonly Ref[] }): ReactElement {
  const specs = useCommon(refs)
  return (
    <Stack>
      <Head title={plural(refs.length, 'thing')} kind="Changed together" />
      {specs.length === 0 && (
        <Text size="sm" c="dimmed">
          They have no property in common.
        </Text>
      )}
      <Fields refs={refs} specs={specs} />
      <Delete refs={refs} />
    </Stack>
  )
}

/** One of a kind alone can have these. */
const OWN = new Set([
  ...['name', 'mac', 'label', 'node', 'a', 'b', 'addresses', 'masquerade', 'isolate', 'routes', 'forwards'],
  ...['source', 'target', 'address'],
])

function useCommon(refs: readonly Ref[]): FieldSpec[] {
  const kinds = useStore((state) => state.kinds)
  const design = useDesign()
  return useMemo(() => {
    const each = refs.map((at) => {
      const [table, id] = splitRef(at)
      const kind = table === 'nodes' ? design.nodes[id]?.kind : table.slice(0, -1)
      return kinds[kind ?? '']?.fields ?? []
    })
    const [first = [], ...others] = each
    return first.filter(
      (spec) =>
        !OWN.has(spec.name) &&
        others.every((fields) => fields.some((one) => one.name === spec.name && alike(one, spec))),
    )
  }, [refs, kinds, design])
}

const alike = (one: FieldSpec, other: FieldSpec): boolean =>
  JSON.stringify(one.schema) === JSON.stringify(other.schema)
