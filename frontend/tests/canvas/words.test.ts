import { expect, test } from 'vitest'
import { modeOf, subtitle } from '@/canvas/words.ts'
import { forwarding } from '@/dev/labs.ts'

const { design } = forwarding()
const network = design.nodes['network-1'] ?? { kind: 'host', label: '' }

test('the mode of a network stands behind its title, so that its address has room', () => {
  expect(modeOf({ ...network, forward: 'nat' })).toBe('NAT')
  expect(modeOf({ ...network, forward: 'isolated' })).toBe('isolated')
  const one = { ...network, addresses: ['192.168.150.1/24', 'fd00::1/64'], name: 'virbr1' }
  expect(subtitle(design, 'network-1', one)).toBe('192.168.150.1/24 · virbr1')
})

test('of a network that is not of this lab, and of all else, nobody knows a mode', () => {
  expect(modeOf({ ...network, existing: 'default' })).toBe('')
  expect(modeOf({ kind: 'bridge', label: '', host: 'h1' })).toBe('')
})
