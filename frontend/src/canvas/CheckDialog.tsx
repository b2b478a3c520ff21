/** Adding a check by keyboard, and with an address of one's own. */

import type { ReactElement } from 'react'
import { useMemo, useState } from 'react'
import {
  Autocomplete,
  Button,
  Group,
  Input,
  Modal,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
} from '@mantine/core'
import type { Expect } from '@/model/checking.ts'
import { CHECK_SOURCES } from '@/model/checking.ts'
import type { Design } from '@/model/records.ts'
import { hostId, natural, titleOf } from '@/model/records.ts'
import {
  EXPECT_WORDS,
  actions,
  addressesAt,
  checkTargets,
  useDesign,
  useUi,
} from '@/store/index.ts'

export function CheckDialog(): ReactElement {
  const start = useUi((ui) => (ui.dialog === 'check' ? ui.check : null))
  const close = (): void => actions.setUi({ dialog: null, check: null })
  return (
    <Modal opened={start !== null} onClose={close} title="Add check…">
      {start !== null && <Form {...start} onClose={close} />}
    </Modal>
  )
}

const WITHIN = 120

function Form({
  source: first,
  target: given,
  onClose,
}: {
  source: string | null
  target: string | null
  onClose: () => void
}): ReactElement {
  const design = useDesign()
  const sources = useMemo(
    () =>
      Object.keys(design.nodes)
        .filter((id) => CHECK_SOURCES.includes(design.nodes[id]?.kind ?? 'nic'))
        .sort(natural),
    [design],
  )
  const [source, setSource] = useState(first !== null && sources.includes(first) ? first : null)
  const [target, setTarget] = useState(given)
  const [expect, setExpect] = useState<Expect>('reach')
  const [address, setAddress] = useState('')
  const [within, setWithin] = useState<string | number>(WITHIN)
  const targets = useMemo(
    () => (source === null ? [] : checkTargets(design, source)),
    [design, source],
  )
  const drawn = target === null ? [] : addressesAt(design, target)
  const needed = target !== null && drawn.length === 0
  const seconds = typeof within === 'number' && within >= 1 && within <= 600 ? within : null
  const complete =
    source !== null && target !== null && seconds !== null && (!needed || address !== '')
  const add = (): void => {
    if (source === null || target === null || seconds === null) return
    const made = actions.addCheck({ source, target, expect, address, within: seconds })
    if (made !== undefined) onClose()
  }
  return (
    <Stack>
      <Select
        label="From"
        description="Who asks: a container, a router, a VM or a host."
        data={options(design, sources)}
        value={source}
        onChange={(id) => {
          setSource(id)
          if (id === target) setTarget(null)
        }}
        searchable
        data-autofocus={first === null || undefined}
        data-testid="check-source"
        nothingFoundMessage="No such node, or it cannot ask."
      />
      <Input.Wrapper label="What is expected" labelElement="div">
        <SegmentedControl
          fullWidth
          value={expect}
          onChange={(value) => setExpect(value === 'reach' ? 'reach' : 'no-reach')}
          data={Object.entries(EXPECT_WORDS).map(([value, label]) => ({ value, label }))}
          data-testid="check-expect"
          aria-label="What is expected"
        />
      </Input.Wrapper>
      <Select
        label="To"
        data={options(design, targets)}
        value={target}
        onChange={(id) => {
          setTarget(id)
          setAddress('')
        }}
        searchable
        disabled={source === null}
        data-autofocus={first !== null || undefined}
        data-testid="check-target"
        nothingFoundMessage="No such node."
      />
      <Autocomplete
        label="Address"
        description={
          needed
            ? 'None is drawn there, so it has to be given.'
            : 'Empty: the first that is drawn there.'
        }
        required={needed}
        placeholder={drawn[0]?.address ?? ''}
        data={[...new Set(drawn.map((one) => one.address))]}
        value={address}
        onChange={(text) => setAddress(text.trim())}
        data-testid="check-address"
      />
      <NumberInput
        label="Within"
        description="How long it may take until it answers."
        suffix=" s"
        min={1}
        max={600}
        allowDecimal={false}
        value={within}
        onChange={setWithin}
        disabled={expect === 'no-reach'}
        data-testid="check-within"
      />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button onClick={add} disabled={!complete} data-testid="check-add">
          Add check
        </Button>
      </Group>
    </Stack>
  )
}

const options = (design: Design, ids: readonly string[]): { value: string; label: string }[] =>
  ids.map((id) => {
    const node = design.nodes[id]
    const host = hostId(node)
    const where = host === undefined ? '' : ` on ${titleOf(host, design.nodes[host])}`
    return { value: id, label: `${titleOf(id, node)} (${node?.kind ?? ''}${where})` }
  })
