import { InvalidArgumentError } from 'commander'
import type { EndpointOptions } from '../endpoint.ts'
import type { Output } from '../output.ts'
import { callGateway, type Fields, fieldsOf } from './gateway-api.ts'
import { oneLine } from './listings.ts'

const PATH = '/api/grants'
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const LEAST_MS = 1_000

/** What a grant gives access to, in which role, and for how long. */
export interface GrantRequest {
  readonly session?: string | undefined
  readonly shell?: string | undefined
  readonly role: string
  readonly expiresInMs: number
  readonly label?: string | undefined
}

/** Makes a grant. @returns it with its token, which is shown this once @throws UserError */
export function makeGrant(endpoint: EndpointOptions, request: GrantRequest): Promise<Fields> {
  return callGateway(endpoint, 'POST', PATH, { body: { ...request }, next: 'ls' })
}

/** The grants that have not ended: one's own; all of them for admin. @throws UserError */
export async function listGrants(endpoint: EndpointOptions): Promise<readonly Fields[]> {
  const { grants } = await callGateway(endpoint, 'GET', PATH)
  return Array.isArray(grants) ? grants.map(fieldsOf) : []
}

/** Ends a grant, and the connections with its token. `next` shows those that are there. @throws UserError */
export function revokeGrant(endpoint: EndpointOptions, id: string, next: 'grant ls' | 'share ls'): Promise<Fields> {
  return callGateway(endpoint, 'DELETE', `${PATH}/${encodeURIComponent(id)}`, { next })
}

/** One line for people: id, what, as whom, until when, by whom, what for. */
export function grantLine(grant: Fields, { paint }: Output): string {
  const { id, session, shell, role, by, endsAt, label } = grant
  const what = session === undefined ? `shell ${oneLine(shell)}` : `session ${oneLine(session)}`
  const until = typeof endsAt === 'string' ? endsAt.slice(0, 16).replace('T', ' ') : '?'
  const why = label === undefined ? '' : `  ${oneLine(label)}`
  return `${paint.bold(oneLine(id))}  ${oneLine(role)} ${what}  ${paint.dim(`until ${until} UTC, by ${oneLine(by)}`)}${why}`
}

/** Reads a time such as `90s` or `8h`. `most`: the longest, so written. @throws InvalidArgumentError */
export function timeUpTo(most: string): (text: string) => number {
  const mostMs = msOf(most)
  return (text) => {
    const ms = msOf(text)
    if (ms >= LEAST_MS && ms <= mostMs) return ms
    throw new InvalidArgumentError(`Expected a time such as 90s, 30m or 8h, ${most} at most.`)
  }
}

function msOf(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  return Number(count) * (UNITS[unit] ?? Number.NaN)
}
