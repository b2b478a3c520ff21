/** The HTTP API: same origin, session cookie, CSRF token, errors as the server words them. */

import type { Conflict } from '@/model/edits.ts'
import type { Finding, Problem } from './messages.ts'

/** A refusal, in the server's words. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly problems: Problem[]
  readonly findings: Finding[]
  readonly conflicts: Conflict[]

  constructor(
    status: number,
    code: string,
    message: string,
    problems: Problem[] = [],
    findings: Finding[] = [],
    conflicts: Conflict[] = [],
  ) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.problems = problems
    this.findings = findings
    this.conflicts = conflicts
  }
}

export function csrfToken(): string {
  const cookie = /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1]
  if (cookie !== undefined) return decodeURIComponent(cookie)
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? ''
}

async function request(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (method !== 'GET') headers['X-CSRFToken'] = csrfToken()
  const bytes = body instanceof Blob
  if (body !== undefined)
    headers['Content-Type'] = bytes ? 'application/octet-stream' : 'application/json'
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: bytes ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
  } catch {
    throw new ApiError(0, 'unreachable', 'The server cannot be reached. Is it running?')
  }
  if (response.ok) return response
  throw await refusal(response)
}

async function refusal(response: Response): Promise<ApiError> {
  try {
    const body = (await response.json()) as Partial<{
      code: string
      message: string
      detail: unknown
      problems: Problem[]
      findings: Finding[]
      conflicts: Conflict[]
    }>
    const detail = typeof body.detail === 'string' ? body.detail : undefined
    return new ApiError(
      response.status,
      body.code ?? 'error',
      body.message ?? detail ?? `The server answered ${response.status}.`,
      body.problems ?? [],
      body.findings ?? [],
      body.conflicts ?? [],
    )
  } catch {
    return new ApiError(response.status, 'error', `The server answered ${response.status}.`)
  }
}

const json = async (response: Response): Promise<unknown> =>
  response.status === 204 ? undefined : response.json()

/** Each gives the decoded JSON answer; what it looks like is the caller's to name. */
export const http = {
  get: async <T>(path: string): Promise<T> => (await json(await request('GET', path))) as T,
  text: async (path: string): Promise<string> => (await request('GET', path)).text(),
  post: async <T>(path: string, body: unknown = {}): Promise<T> =>
    (await json(await request('POST', path, body))) as T,
  put: async <T>(path: string, body: unknown): Promise<T> =>
    (await json(await request('PUT', path, body))) as T,
  patch: async <T>(path: string, body: unknown): Promise<T> =>
    (await json(await request('PATCH', path, body))) as T,
  /** Bytes as they are; `signal` gives the request up. */
  send: async <T>(path: string, bytes: Blob, signal: AbortSignal): Promise<T> =>
    (await json(await request('PUT', path, bytes, signal))) as T,
  delete: async (path: string): Promise<void> => {
    await request('DELETE', path)
  },
}
