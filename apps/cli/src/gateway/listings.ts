import type { HubSessionSummary } from '@holdfast/protocol/hub/rest'
import type { ShellListing } from '@holdfast/protocol/shell'
import type { EndpointOptions } from '../endpoint.ts'
import type { Output } from '../output.ts'
import { printable } from '../printable.ts'
import { durationOf, tableOf } from '../table.ts'
import { callGateway } from './gateway-api.ts'

/** A page of sessions, as large as the gateway gives. */
const PAGE = 500

/** Options of {@link listSessions}. */
export interface SessionsQuery {
  /** Archived ones, too. */
  readonly all?: boolean | undefined
  /** A word of their labels, tasks or ids. */
  readonly search?: string | undefined
}

/** The sessions that the token may see, the last active first. @throws UserError */
export async function listSessions(
  endpoint: EndpointOptions,
  filter: SessionsQuery = {},
): Promise<readonly HubSessionSummary[]> {
  const { all = false, search = '' } = filter
  const query = new URLSearchParams({
    limit: `${PAGE}`,
    includeArchived: `${all}`,
    ...(search === '' ? {} : { search }),
  })
  const { sessions } = await callGateway(endpoint, 'GET', `/api/hub/sessions?${query}`)
  const { websocket }: { readonly websocket?: unknown } = Object(sessions)
  const found: readonly HubSessionSummary[] = Array.isArray(websocket) ? websocket : []
  return found.toSorted((one, other) => activeAt(other) - activeAt(one))
}

/** The shells that the token may see. @throws UserError */
export async function listShells(endpoint: EndpointOptions): Promise<readonly ShellListing[]> {
  const { shells } = await callGateway(endpoint, 'GET', '/shells')
  return Array.isArray(shells) ? shells : []
}

/** Sessions as lines for a person. */
export function sessionLines(sessions: readonly HubSessionSummary[], { paint }: Output): readonly string[] {
  const now = Date.now()
  const rows = sessions.map((one) => {
    const people = one.participantCount ?? 0
    return [
      oneLine(one.sessionId),
      stateOf(one),
      people === 0 ? 'nobody here' : `${people} here`,
      `${durationOf(now - activeAt(one))} ago`,
      oneLine(one.label || one.task),
    ]
  })
  const colours = [paint.bold, paint.green, paint.dim, paint.dim]
  return tableOf(rows, (cell, column) => (colours[column] ?? String)(cell))
}

/** Whether a client works in it. */
export function stateOf({ runtimeAvailable, status }: HubSessionSummary): string {
  if (status === 'archived') return 'archived'
  return runtimeAvailable === true ? 'led' : 'no lead'
}

/** Shells as lines for a person. */
export function shellLines(shells: readonly ShellListing[], { paint }: Output): readonly string[] {
  const now = Date.now()
  const rows = shells.map((one) => {
    const state = one.running ? 'running' : `ended (${one.exitCode ?? '?'})`
    const people = one.attached === 0 ? 'nobody here' : `${one.attached} here`
    const called = [one.name, one.title].filter((text) => text !== undefined).map(oneLine)
    return [one.shellId, state, people, `for ${durationOf(now - one.startedAt)}`, oneLine(one.program), ...called]
  })
  const colours = [paint.bold, paint.green, paint.dim, paint.dim]
  return tableOf(rows, (cell, column) => (colours[column] ?? String)(cell))
}

/** Text of others: nothing in it acts on the terminal, or makes more lines. */
export function oneLine(text: unknown): string {
  return printable(String(text ?? ''))
    .replaceAll('\n', ' ')
    .slice(0, 200)
}

/** When something last happened in it, in milliseconds since 1970. */
export function activeAt({ lastActivityAt, createdAt }: HubSessionSummary): number {
  return Date.parse(lastActivityAt ?? createdAt)
}
