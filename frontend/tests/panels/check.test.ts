import { describe, expect, test } from 'vitest'
import { kinds } from '@/dev/kinds.ts'
import type { FieldSpec } from '@/model/kinds.ts'
import {
  addressProblem,
  ipProblem,
  lower,
  numberProblem,
  optional,
  routeProblem,
  sshKeyProblem,
  textProblem,
  widgetOf,
} from '@/panels/inspector/check.ts'

function spec(kind: string, name: string): FieldSpec {
  const found = kinds[kind]?.fields.find((one) => one.name === name)
  if (!found) throw new Error(`${kind} has no ${name}`)
  return found
}

test.each([
  ['bridge', 'name', 'text'],
  ['bridge', 'stp', 'boolean'],
  ['bridge', 'priority', 'number'],
  ['container', 'routes', 'routes'],
  ['trunk', 'vlans', 'vlans'],
  ['segment', 'transport', 'choice'],
  ['interface', 'addresses', 'list'],
])('%s.%s is shown as %s', (kind, name, widget) => {
  expect(widgetOf(spec(kind, name))).toBe(widget)
})

test('what names other records is chosen, not typed', () => {
  expect(widgetOf({ ...spec('container', 'host'), widget: 'reference' })).toBe('host')
  expect(widgetOf({ ...spec('router', 'masquerade'), widget: 'interfaces' })).toBe('interfaces')
})

test('every field of every kind has an input', () => {
  for (const kind of Object.values(kinds))
    for (const field of kind.fields) expect(widgetOf(field), `${kind.kind}.${field.name}`).toBeTruthy()
})

describe('texts', () => {
  test('an interface name is at most 15 characters', () => {
    expect(textProblem(spec('bridge', 'name'), 'br0')).toBeUndefined()
    expect(textProblem(spec('bridge', 'name'), 'a-name-too-long-')).toBeDefined()
    expect(textProblem(spec('bridge', 'name'), 'br 0')).toBeDefined()
  })
  test('what may be left empty may be left empty', () => {
    expect(optional(spec('bridge', 'mac'))).toBe(true)
    expect(optional(spec('bridge', 'priority'))).toBe(false)
    expect(textProblem(spec('bridge', 'name'), '')).toBeUndefined()
  })
  test('a MAC address is taken in capitals and kept in lower case', () => {
    const mac = spec('bridge', 'mac')
    expect(textProblem(mac, '52:54:00:AB:CD:EF')).toBeUndefined()
    expect(lower(mac, '52:54:00:AB:CD:EF')).toBe('52:54:00:ab:cd:ef')
    expect(textProblem(mac, '52:54:00:ab:cd')).toMatch(/Six pairs/)
  })
})

test('numbers stay within what the schema says', () => {
  const priority = spec('bridge', 'priority')
  expect(numberProblem(priority, 32768)).toBeUndefined()
  expect(numberProblem(priority, -1)).toBe('At least 0.')
  expect(numberProblem(priority, 65536)).toBe('At most 65535.')
  expect(numberProblem(priority, 1.5)).toBe('A whole number.')
  expect(numberProblem(priority, null)).toBe('A number is needed.')
})

test.each(['10.0.0.1/24', '0.0.0.0/0', '255.255.255.255/32', 'fd00::1/64', '::ffff:10.0.0.1/96'])(
  '%s is an address',
  (text) => expect(addressProblem(text)).toBeUndefined(),
)
test.each(['10.0.0.1', '10.0.0.256/24', '10.0.0.1/33', '10.0.0/24', 'fd00::1/129', 'a/b', '1/2/3', ''])(
  '%s is none',
  (text) => expect(addressProblem(text)).toBeDefined(),
)

test('routes', () => {
  expect(routeProblem({ to: 'default', via: '10.0.0.1' })).toBeUndefined()
  expect(routeProblem({ to: '10.1.0.0/16', via: 'fd00::1' })).toBeUndefined()
  expect(routeProblem({ to: '10.1.0.0', via: '10.0.0.1' })).toMatch(/^To/)
  expect(routeProblem({ to: 'default', via: '10.0.0.1/24' })).toMatch(/^Via/)
  expect(ipProblem('nowhere')).toBeDefined()
})

test('SSH public keys, and what people paste instead', () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDPdoi5HQIxs9aZCMQPEAMLHfqat84HKk5mvV7KIiu6W'
  expect(sshKeyProblem(key)).toBeUndefined()
  expect(sshKeyProblem(` ${key} ann@example `)).toBeUndefined()
  expect(sshKeyProblem('-----BEGIN OPENSSH PRIVATE KEY-----')).toContain('private key')
  expect(sshKeyProblem(`no-pty ${key}`)).toContain('no options')
  expect(sshKeyProblem('hello')).toContain('id_ed25519.pub')
})
