/** A libvirt network of the hypervisors' own, chosen from what their inventories show. */

import { useMemo } from 'react'
import type { ReactElement } from 'react'
import { useStore } from '@/store/index.ts'
import type { InputProps } from './props.ts'
import { SuggestedField } from './SuggestedField.tsx'

interface Facts {
  name: string
  bridge: string
  forward: string
  addresses: string[]
  active: boolean
  owner: string | null
}

export function NetworkField(props: InputProps): ReactElement {
  const networks = useNetworks()
  const groups = [{ group: 'On the hypervisors', items: [...networks.keys()].sort() }]
  return (
    <SuggestedField
      field={props}
      groups={groups}
      about={(name) => (networks.get(name) ?? []).join('; ')}
    />
  )
}

/** By name, what each hypervisor has by it; those that labs made are no choice. */
function useNetworks(): ReadonlyMap<string, string[]> {
  const hypervisors = useStore((state) => state.hypervisors)
  return useMemo(() => {
    const found = new Map<string, string[]>()
    for (const { name, inventory } of hypervisors) {
      const networks = (inventory?.['networks'] ?? []) as Facts[]
      for (const one of networks)
        if (one.owner === null && one.bridge !== '')
          found.set(one.name, [...(found.get(one.name) ?? []), `${name}: ${inWords(one)}`])
    }
    return found
  }, [hypervisors])
}

function inWords(one: Facts): string {
  return [one.bridge, one.forward, ...one.addresses, one.active ? '' : 'not active']
    .filter(Boolean)
    .join(', ')
}
