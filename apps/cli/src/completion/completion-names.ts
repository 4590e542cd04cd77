import { endpointOf } from '../endpoint.ts'
import { readContexts } from '../gateway/contexts.ts'
import { listSessions, listShells, oneLine, stateOf } from '../gateway/listings.ts'
import { outputOn } from '../output.ts'
import type { NameKind } from './completion-scripts.ts'

/** How long a completion waits for a gateway, from the start of this process, unless HOLDFAST_COMPLETION_MS is set. */
const PATIENCE_MS = 1_000
/** A process that took its time to begin asks all the same. */
const LEAST_MS = 200
/** Names that mean nothing to a shell: completion scripts expand what they are given. */
const SAFE = /^[\w.@-]{1,128}$/

type Named = readonly [name: string, about: string]

/** Prints names for completion, a line each, with what they are behind a tab. Where they cannot be had in time it prints nothing. */
export async function printNames(kind: NameKind): Promise<void> {
  const patienceMs = Number(process.env['HOLDFAST_COMPLETION_MS']) || PATIENCE_MS
  const late = new Promise<readonly Named[]>((resolve) => {
    setTimeout(() => resolve([]), Math.max(LEAST_MS, patienceMs - performance.now())).unref()
  })
  const named = await Promise.race([namesOf(kind).catch(() => []), late])
  const safe = named.filter(([name]) => SAFE.test(name))
  await outputOn(process.stdout).write(safe.map(([name, about]) => `${name}\t${about}\n`).join(''))
}

async function namesOf(kind: NameKind): Promise<readonly Named[]> {
  if (kind === 'logins') return readContexts().all.map(({ name, url }) => [name, url])
  const endpoint = endpointOf({ url: process.env['HOLDFAST_URL'] || undefined })
  const sessions = async (): Promise<readonly Named[]> =>
    (await listSessions(endpoint)).map((one) => [one.sessionId, about(one.label || one.task, stateOf(one))])
  const shells = async (): Promise<readonly Named[]> =>
    (await listShells(endpoint)).map((one) => [one.shellId, about(one.name || one.program, 'shell')])
  if (kind === 'sessions') return sessions()
  if (kind === 'shells') return shells()
  // A token may see but one of them.
  const [all, more] = await Promise.all([sessions().catch(() => []), shells().catch(() => [])])
  return [...all, ...more]
}

function about(called: string | null | undefined, otherwise: string): string {
  return oneLine(called || otherwise).replaceAll('\t', ' ')
}
