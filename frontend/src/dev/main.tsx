/**
 * The designer without a server, for looking at: `npm run dev`, then /static/dev.html?lab=small,
 * forwards, vlan-trunk (or another case of tests/frontend/vlans), empty or a number of nodes, these also with
 * &vlans=8&checks=300; &status=1 shows states, &answers=1 those of checks, &people=1 others. Never
 * part of the product.
 */

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '@xyflow/react/dist/base.css'
import '../app/theme.css'
import '../canvas/canvas.css'
import { Designer } from '../app/LabPage.tsx'
import { LiveRegion, NoticesToToasts } from '../app/Notices.tsx'
import { theme } from '../app/theme.ts'
import type { Finding, State, Status } from '@/live/messages.ts'
import { EMPTY } from '@/model/records.ts'
import type { Ref } from '@/model/records.ts'
import { actions, get, receive, statuses, useStore } from '@/store/index.ts'
import { kinds } from './kinds.ts'
import { Builder, builtin, forwarding, large, small } from './labs.ts'
import { FakeServer, plug, status } from './server.ts'

const asked = new URLSearchParams(location.search)
const which = asked.get('lab') ?? 'small'
const lab =
  which === 'small'
    ? small()
    : which === 'empty'
      ? new Builder()
      : which === 'forwards'
      ? forwarding()
      : builtin(which) ??
        large(
          Number(which),
          Math.max(1, Math.round(Number(which) / 50)),
          Number(asked.get('vlans')),
          Number(asked.get('checks')),
        )
const server = new FakeServer(which === 'empty' ? { ...EMPTY, name: 'New lab' } : lab.design, lab.looks)

const STATES: readonly State[] = [
  'ok',
  'ok',
  'ok',
  'drift',
  'failed',
  'applying',
  'pending',
  'absent',
  'unknown',
  'degraded',
]
const ANSWERS: readonly [State, string][] = [
  ['ok', '3 of 3 pings were answered'],
  ['ok', 'None of 3 pings was answered'],
  ['failed', 'No answer within 120 s'],
  ['applying', ''],
  ['unknown', 'The guest agent does not answer; install qemu-guest-agent'],
]
if (asked.has('status')) {
  const all: Partial<Record<Ref, Status>> = {}
  const many = Object.keys(lab.design.nodes).length > 100
  const pick = (index: number): State =>
    many ? (index % 23 === 0 ? 'failed' : index % 17 === 0 ? 'drift' : 'ok') : (STATES[index % STATES.length] ?? 'ok')
  Object.keys(lab.design.nodes).forEach((id, index) => {
    all[`nodes/${id}`] = status(pick(index), pick(index) === 'failed' ? 'RTNETLINK: File exists' : '')
  })
  Object.entries(lab.design.links).forEach(([id, link], index) => {
    const tap = link.a.startsWith('vm') ? { tap: `vnet${index}`, mac: '52:54:00:12:34:56' } : {}
    all[`links/${id}`] = status(pick(index), '', tap as Record<string, string>)
  })
  server.statuses = all
}
if (asked.has('answers'))
  Object.keys(lab.design.checks).forEach((id, index) => {
    const [state = 'ok', detail = ''] = ANSWERS[index % ANSWERS.length] ?? []
    server.statuses = { ...server.statuses, [`checks/${id}`]: status(state, detail) }
  })
if (asked.has('findings')) {
  const finding = (ref: Ref, severity: Finding['severity'], message: string): Finding => ({
    code: 'example',
    severity,
    ref,
    field: 'name',
    message,
    fix: 'Choose another name.',
  })
  server.findings = [
    finding('nodes/bridge-1', 'error', 'Two bridges on edge are called br0.'),
    finding('nodes/vm-1', 'warning', 'It has neither a kernel nor a disk.'),
    finding('links/container-1:eth0~bridge-1:p1', 'warning', 'The MTU differs at the two ends.'),
  ]
}

useStore.setState({
  kinds,
  lab: { id: 'dev', name: server.design.name, team: 'Default team', role: 'owner' },
})
plug(server)
if (asked.has('people'))
  server.show([
    {
      client: 'bob',
      name: 'Bob Marsh',
      color: '#c2410c',
      at: { x: 420, y: 210 },
      selection: ['nodes/container-1'],
      drag: { 'nodes/nic-1': { x: 400, y: 340 } },
    },
    { client: 'eve', name: 'Eve', color: '#15803d', at: { x: 980, y: 240 }, selection: [], drag: null },
  ])

Object.assign(window, { trunkline: { server, actions, get, receive, statuses, status, useStore } })

const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <Notifications position="bottom-center" limit={4} />
        <NoticesToToasts />
        <LiveRegion />
        <Designer />
      </MantineProvider>
    </StrictMode>,
  )
