/** The lab and what is done with it on the hypervisors, over HTTP. */

import { http, ApiError } from '@/live/http.ts'
import type { Deployment, DeploymentKind, Preflight } from '@/live/messages.ts'
import { announce, notify } from './notices.ts'
import { get, set, setUi, useStore } from './state.ts'
import type { Wishes } from './state.ts'

export async function trying<T>(what: string, does: () => Promise<T>): Promise<T | undefined> {
  try {
    return await does()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const details = [
      error.message,
      ...error.problems.map((one) => `${one.pointer}: ${one.message}`),
    ]
    notify('error', what, details.join('\n'))
    return undefined
  }
}

const labPath = (): string => `/api/labs/${get().lab?.id ?? ''}`

export async function renameLab(name: string): Promise<void> {
  const was = get().lab
  const wanted = name.trim()
  if (!was || !wanted || wanted === was.name) return
  set({ lab: { ...was, name: wanted } })
  const done = await trying('The lab could not be renamed', () =>
    http.patch<unknown>(labPath(), { name: wanted }).then(() => true),
  )
  if (!done) set((state) => ({ lab: state.lab && { ...state.lab, name: was.name } }))
}

/** Longest wait for the server to have what was drawn, before it is told to deploy it. */
const SAVED_WITHIN = 15_000

/** Resolves when every edit is acknowledged; false when one was refused or it took too long. */
export async function saved(): Promise<boolean> {
  const refusals = get().refusals.length
  if (get().pending.length)
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        stop()
        resolve()
      }
      const timer = setTimeout(end, SAVED_WITHIN)
      const stop = useStore.subscribe((state) => {
        if (!state.pending.length) end()
      })
    })
  return get().pending.length === 0 && get().refusals.length === refusals
}

/** Starts a deployment, a destroy or a plan only, and opens the drawer that follows it. */
export async function deploy(kind: DeploymentKind, wishes: Wishes = {}): Promise<void> {
  if (!(await saved())) {
    notify('warning', 'Not deployed', 'What you drew last is not saved yet.')
    return
  }
  setUi({ drawer: 'deploy' })
  set({ blocked: null })
  try {
    const begun = await http.post<Deployment>(`${labPath()}/deployments`, {
      kind,
      ...wishes,
    })
    // Its events may have been quicker than the answer, and are newer.
    set((state) => (state.deployment?.id === begun.id ? {} : { deployment: begun }))
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    set({ blocked: { message: error.message, findings: error.findings, kind, wishes } })
    announce(error.message)
  }
}

export async function applyDeployment(id: string): Promise<void> {
  await trying('The plan could not be applied', () =>
    http.post<unknown>(`/api/deployments/${id}/apply`),
  )
}

export async function cancelDeployment(id: string): Promise<void> {
  await trying('It could not be cancelled', () =>
    http.post<unknown>(`/api/deployments/${id}/cancel`),
  )
}

/** Binds hosts to hypervisors: host id → hypervisor id. */
export async function savePlacement(placement: Readonly<Record<string, string>>): Promise<boolean> {
  const done = await trying('The placement was not saved', () =>
    http.put<unknown>(`${labPath()}/placement`, { placement }).then(() => true),
  )
  if (done) set({ placement })
  return done ?? false
}

/** Runs these checks now, or all; the answers come as statuses of `checks/ID`. */
export async function runChecks(ids?: readonly string[]): Promise<boolean> {
  if (!(await saved())) {
    notify('warning', 'Not checked', 'What you drew last is not saved yet.')
    return false
  }
  const asked = await trying('The checks were not run', () =>
    http.post<unknown>(`${labPath()}/checks`, ids ? { ids } : {}).then(() => true),
  )
  if (asked) announce('The checks are running.')
  return asked ?? false
}

/** Sends probe frames between the hypervisors without deploying anything. */
export async function runPreflight(): Promise<void> {
  if (!(await saved())) {
    notify('warning', 'No preflight', 'What you drew last is not saved yet.')
    return
  }
  const begun = await trying('The preflight was not begun', () =>
    http.post<Preflight>(`${labPath()}/preflight`),
  )
  if (!begun) return
  set({ preflight: begun })
  announce('The preflight is running.')
  await followPreflight()
}

/** Between two looks at a preflight that runs, milliseconds; and how often one looks. */
const PREFLIGHT_PAUSE = 700
const PREFLIGHT_LOOKS = 90

async function followPreflight(): Promise<void> {
  const lab = get().lab?.id
  for (let looks = 0; looks < PREFLIGHT_LOOKS; looks++) {
    if (get().preflight?.state !== 'running') break
    await new Promise((resolve) => setTimeout(resolve, PREFLIGHT_PAUSE))
    if (get().lab?.id !== lab) return
    await loadPreflight()
  }
  const { preflight } = get()
  if (preflight) announce(`Preflight: ${preflight.state}. ${preflight.message}`)
}

/** Fetches the last preflight of the lab; there may be none. */
export async function loadPreflight(): Promise<void> {
  const lab = get().lab?.id
  try {
    const last = await http.get<Preflight | null>(`${labPath()}/preflight`)
    if (get().lab?.id === lab) set({ preflight: last ?? null })
  } catch (error) {
    // None was run yet, or the line is cut: the page says that elsewhere.
    if (!(error instanceof ApiError)) throw error
  }
}
