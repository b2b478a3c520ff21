/** What a hypervisor can do with VLANs, in words. */

import type { State } from '@/live/messages.ts'

export interface Able {
  features: Readonly<Record<string, boolean>>
  /** Kernel modules that are not there yet and can be loaded. */
  loadable: readonly string[]
}

export interface Ability {
  name: string
  sign: State
  words: string
}

const VLAN: readonly [feature: string, name: string][] = [
  ['8021q', 'VLAN sub-interfaces (802.1Q)'],
  ['vlan_filtering', 'VLAN-aware bridges'],
]

export function abilities({ features, loadable }: Able): Ability[] {
  return VLAN.map(([feature, name]) => {
    if (features[feature] !== true)
      return { name, sign: 'failed', words: 'not in its kernel' }
    if (loadable.includes(feature))
      return { name, sign: 'ok', words: `the plan loads the module ${feature} first` }
    return { name, sign: 'ok', words: 'there' }
  })
}
