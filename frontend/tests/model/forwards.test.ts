import { expect, test } from 'vitest'
import { forwarding, small } from '@/dev/labs.ts'
import {
  cardTitle,
  cardsBehind,
  forwardSpoken,
  forwardWords,
  forwardsOf,
  forwardsTo,
  proposedForward,
} from '@/model/forwards.ts'
import type { Design } from '@/model/records.ts'

const drawnAt = (design: Design): ReturnType<typeof forwardsOf> =>
  forwardsOf(design.nodes['network-1'])

test('cards behind a network are those of its machines, through a bridge too', () => {
  const lab = forwarding()
  expect(cardsBehind(lab.design, 'network-1')).toEqual(['container-1:eth0', 'vm-1:eth0'])
  const bridge = lab.node('bridge', { host: 'host-1' })
  lab.link(bridge, 'network-1')
  const far = lab.node('vm', { host: 'host-1' })
  lab.link(far, bridge)
  lab.node('vm', { host: 'host-1' })
  expect(cardsBehind(lab.design, 'network-1')).toContain('vm-2:eth0')
  expect(cardsBehind(lab.design, 'network-1')).toHaveLength(3)
  const { design } = small() // the host is plugged in there, too
  expect(cardsBehind(design, 'network-1')).toEqual(['router-1:eth1', 'vm-2:eth0'])
})

test('a new forward takes a port that nothing on the host forwards yet', () => {
  const lab = forwarding()
  const other = lab.node('network', { host: 'host-1' })
  const first = { protocol: 'tcp', port: 8081, to: 'vm-1:eth0', to_port: 80 }
  lab.set(`nodes/${other}`, { forwards: [first, { ...first, protocol: 'udp', port: 8082 }] })
  expect(proposedForward(lab.design, 'network-1', drawnAt(lab.design))).toEqual({
    protocol: 'tcp',
    port: 8082,
    to: 'container-1:eth0',
    to_port: 80,
  })
  expect(proposedForward(lab.design, 'network-1', [])?.port).toBe(8080)
  expect(proposedForward(lab.design, other, [])).toBeUndefined()
})

test('forwards in words', () => {
  const { design } = forwarding()
  const [web, dns] = drawnAt(design)
  const network = design.nodes['network-1']
  if (!web || !dns) throw new Error('The lab has no forwards.')
  expect(forwardWords(design, web)).toBe(':8080 → web:80')
  expect(forwardWords(design, dns)).toBe(':53/udp → db:53')
  expect(forwardSpoken(design, network, web)).toBe('port 8080 of the host leads to web, port 80')
  expect(forwardSpoken(design, network, dns)).toBe('UDP port 53 of the host leads to db, port 53')
  expect(cardTitle(design, 'vm-1:eth0')).toBe('web eth0 · 192.168.50.10')
  const bare = small().design
  expect(cardTitle(bare, 'vm-1:eth0')).toBe('db eth0 · no address')
  expect(cardTitle(bare, 'vm-1:eth0', network)).toBe('db eth0 · kept by DHCP')
  expect(cardTitle(bare, 'vm-1:eth0', network && { ...network, dhcp: false })).toContain('no address')
})

test('a machine knows what is forwarded to it', () => {
  const lab = forwarding()
  expect(forwardsTo(lab.design, 'vm-1').map((one) => one.forward.port)).toEqual([8080, 2222])
  expect(forwardsTo(lab.design, 'network-1')).toEqual([])
  lab.set('nodes/network-1', { forwards: [] })
  expect(forwardsTo(lab.design, 'vm-1')).toEqual([])
})

test('behind a router are the cards at the interfaces that it does not masquerade out of', () => {
  const lab = small()
  const router = lab.node('router', { host: 'host-1', masquerade: ['eth0'] })
  const [outside, inside] = [lab.node('container', { host: 'host-1' }), lab.node('vm', { host: 'host-1' })]
  lab.link(router, outside)
  const bridge = lab.node('bridge', { host: 'host-1' })
  lab.link(router, bridge)
  lab.link(inside, bridge)
  expect(cardsBehind(lab.design, router)).toEqual([`${inside}:eth0`])
  const made = proposedForward(lab.design, router, [])
  expect(made).toEqual({ protocol: 'tcp', port: 8080, to: `${inside}:eth0`, to_port: 80 })
  if (!made) return
  const record = lab.design.nodes[router]
  expect(forwardSpoken(lab.design, record, made)).toContain('port 8080 of the router leads to')
})
