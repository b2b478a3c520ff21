/** What a value must be, read from the field's JSON Schema: the server checks again, this is sooner. */

import type { FieldSpec } from '@/model/kinds.ts'
import type { Json } from '@/model/records.ts'

type Schema = Record<string, Json>

/** Whether the field may be left empty (null). */
export const optional = (spec: FieldSpec): boolean => alternatives(spec.schema).some(isNull)

/** The schema of the value itself, without "or null". */
export function core(spec: FieldSpec): Schema {
  return alternatives(spec.schema).find((one) => !isNull(one)) ?? spec.schema
}

function alternatives(schema: Schema): Schema[] {
  const any = schema['anyOf'] ?? schema['oneOf']
  return Array.isArray(any) ? (any as Schema[]) : [schema]
}

const isNull = (schema: Schema): boolean => schema['type'] === 'null'

export type Widget =
  | 'text'
  | 'number'
  | 'boolean'
  | 'choice'
  | 'list'
  | 'vlans'
  | 'routes'
  | 'forwards'
  | 'host'
  | 'node'
  | 'interfaces'
  | 'ips'
  | 'ssh-keys'
  | 'image'
  | 'network'

const OWN_WIDGETS = ['interfaces', 'ips', 'ssh-keys', 'image', 'network'] as const

export function widgetOf(spec: FieldSpec): Widget {
  if (spec.widget === 'reference') return refersToHost(spec) ? 'host' : 'node'
  const own = OWN_WIDGETS.find((one) => one === spec.widget)
  if (own !== undefined) return own
  const schema = core(spec)
  if (Array.isArray(schema['enum'])) return 'choice'
  switch (schema['type']) {
    case 'boolean':
      return 'boolean'
    case 'integer':
      return 'number'
    case 'array': {
      const items = (schema['items'] ?? {}) as Schema
      if (items['type'] === 'object') return hasPort(items) ? 'forwards' : 'routes'
      return alternatives(items).some((one) => one['type'] === 'integer') ? 'vlans' : 'list'
    }
    default:
      return 'text'
  }
}

const hasPort = (items: Schema): boolean => 'port' in ((items['properties'] ?? {}) as Schema)

/** Moving to another host is more than a choice; other nodes are only named. */
const refersToHost = (spec: FieldSpec): boolean =>
  spec.name === 'host' || spec.schema['x-refers-to'] === 'host'

/** Why a text cannot be the value of this field; undefined where it can. */
export function textProblem(spec: FieldSpec, text: string): string | undefined {
  if (text === '' && (optional(spec) || spec.default === '')) return undefined
  const schema = core(spec)
  const longest = schema['maxLength']
  if (typeof longest === 'number' && text.length > longest) return `At most ${longest} characters.`
  const pattern = schema['pattern']
  if (spec.name === 'address') return ipProblem(text)
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(lower(spec, text)))
    return spec.name === 'mac' ? 'Six pairs of hex digits, such as 52:54:00:12:34:56.' : FORM
  return undefined
}

const FORM = 'Letters, digits and . _ - only, not starting with a sign; interface names up to 15.'

/** MAC addresses are kept in lower case. */
export const lower = (spec: FieldSpec, text: string): string =>
  spec.name === 'mac' ? text.toLowerCase() : text

export function numberProblem(spec: FieldSpec, value: number | null): string | undefined {
  if (value === null) return optional(spec) ? undefined : 'A number is needed.'
  const { minimum, maximum } = core(spec)
  if (!Number.isInteger(value)) return 'A whole number.'
  if (typeof minimum === 'number' && value < minimum) return `At least ${minimum}.`
  if (typeof maximum === 'number' && value > maximum) return `At most ${maximum}.`
  return undefined
}

const V4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/
const V6 = /^[0-9a-f:]+(:\d+\.\d+\.\d+\.\d+)?$/i

const isV6 = (text: string): boolean => V6.test(text) && text.includes(':')

/** Whether it looks like an address with a prefix; the server says the rest. */
export function addressProblem(text: string): string | undefined {
  const [ip = '', prefix = '', ...more] = text.split('/')
  const bits = V4.test(ip) ? 32 : isV6(ip) ? 128 : 0
  if (bits === 0 || more.length > 0) return `${text} is no address, such as 10.0.0.1/24.`
  if (!/^\d+$/.test(prefix) || Number(prefix) > bits)
    return `${text} needs a prefix length behind a slash, up to ${bits}.`
  return undefined
}

export function ipProblem(text: string): string | undefined {
  return V4.test(text) || isV6(text) ? undefined : `${text} is no address, such as 10.0.0.1.`
}

const SSH_KEY =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh[.]com) [A-Za-z0-9+/]+={0,2}( [ -~]+)?$/

/** Whether it looks like a public key; the server reads what is in it. */
export function sshKeyProblem(text: string): string | undefined {
  if (text.includes('PRIVATE KEY')) return 'This is a private key, which nobody else may have.'
  return SSH_KEY.test(text.trim())
    ? undefined
    : 'Each line: ssh-ed25519, a space, and the key, as in id_ed25519.pub; no options.'
}

export interface Route {
  to: string
  via: string
}

export function routeProblem({ to, via }: Route): string | undefined {
  if (to !== 'default') {
    const problem = addressProblem(to)
    if (problem !== undefined) return 'To: a prefix such as 10.1.0.0/24, or default.'
  }
  return ipProblem(via) === undefined ? undefined : 'Via: an address such as 10.0.0.1.'
}
