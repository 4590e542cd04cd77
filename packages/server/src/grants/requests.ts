import { type Clock, type Logger, silentLogger, systemClock } from '@holdfast/contract'
import {
  type Authenticate,
  bodyOf,
  Entrance,
  type Principal,
  type RequestEndpoint,
  type RestAnswer,
  type RestCall,
  type RestRoute,
  Router,
  type TrustedProxies,
  withBody,
} from '@holdfast/gate/internals'
import { grantBody } from '../generated/checks.ts'
import type { GrantBody } from '../generated/types.ts'
import type { Hub } from '../hub/index.ts'
import { GRANT_ERROR_TABLE, grantError } from './errors.ts'
import { coversRole, GRANT_ROLES, type Grant, type GrantRole } from './grant.ts'
import type { GrantRequest, Grants } from './grants.ts'

/** Options of {@link grantRequests}. */
export interface GrantRequestsOptions {
  readonly grants: Grants
  /** Whose sessions are granted. */
  readonly hub: Hub
  readonly authenticate: Authenticate
  readonly origins?: readonly string[] | undefined
  /** Whose forwarded headers are trusted. @defaultValue none */
  readonly proxies?: TrustedProxies | undefined
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
}

const PATH = '/api/grants'
const MAX_BODY_BYTES = 16_384
/** A grant that names no end lasts for an hour; none lasts longer than 30 days. */
const DEFAULT_MS = 3_600_000
const MAX_MS = 2_592_000_000
const LEAST_MS = 1_000

/**
 * `/api/grants`: `POST` makes a grant (`session` or `shell`, `role`, `expiresInMs`, `label`) and returns its token
 * once, `GET` lists the caller's own, `DELETE /api/grants/{id}` ends one. Errors are JSON.
 */
export function grantRequests(options: GrantRequestsOptions): RequestEndpoint {
  const { grants, hub, authenticate, origins = [], proxies, clock = systemClock, logger = silentLogger } = options
  const list = (call: RestCall): RestAnswer => ({ body: { grants: grants.list(call.principal).map(grantFields) } })
  const make = async ({ principal }: RestCall, asked: GrantRequest): Promise<RestAnswer> => {
    const { grant, token } = await grants.make(principal, await granted(hub, principal, asked))
    return { status: 201, body: { ...grantFields(grant), token } }
  }
  const revoke = async ({ principal, parameters }: RestCall): Promise<RestAnswer> => {
    const { id = '' } = parameters
    await grants.revoke(principal, id)
    return { body: { id, status: 'revoked' } }
  }
  const read = (body: unknown): GrantRequest => grantRequestIn(bodyOf(grantBody)(body), clock.epoch())
  const routes: readonly RestRoute[] = [
    { method: 'GET', path: '', permit: demandOwner, run: list },
    { method: 'POST', path: '', permit: demandOwner, run: withBody(read, make) },
    { method: 'DELETE', path: '/{id}', permit: demandOwner, run: revoke },
  ]
  return new Router({
    bases: [PATH],
    alsoOwns: ({ pathname }) => pathname.startsWith(`${PATH}/`),
    routes,
    entrance: new Entrance({ authenticate, origins, proxies, clock, logger }),
    errors: GRANT_ERROR_TABLE,
    maxBodyBytes: MAX_BODY_BYTES,
    logger,
  })
}

function demandOwner({ principal }: RestCall): void {
  if (principal.grant !== undefined) throw grantError('grants/forbidden', 'Who has a grant gives none.')
}

/** The request with the epoch of its session, where the principal may do there what it wants to let others do. */
async function granted(hub: Hub, principal: Principal, request: GrantRequest): Promise<GrantRequest> {
  if (request.session === undefined || request.role === 'write') return request
  if (!coversRole(principal.scopes, request)) {
    throw grantError('grants/forbidden', `This principal may not grant the role ${request.role}.`)
  }
  const session = await hub.sessionFor(principal, request.session, request.role)
  const { epoch } = session
  session.close()
  return { ...request, epoch }
}

function grantRequestIn(
  { session, shell, role = 'observe', expiresInMs = DEFAULT_MS, label }: GrantBody,
  now: number,
): GrantRequest {
  if (session !== undefined && shell !== undefined) throw bad(': expected either session or shell')
  const kind = session === undefined ? 'shell' : 'session'
  const roles: readonly GrantRole[] = GRANT_ROLES[kind]
  if (!roles.includes(role)) throw bad(`.role: expected ${roles.join(', ')} for a ${kind}`)
  if (!(expiresInMs >= LEAST_MS && expiresInMs <= MAX_MS)) {
    throw bad(`.expiresInMs: expected a number from ${LEAST_MS} to ${MAX_MS}`)
  }
  return { session, shell, role, endsAt: now + Math.round(expiresInMs), ...(label === undefined ? {} : { label }) }
}

function grantFields({ epoch: _epoch, createdAt, endsAt, ...grant }: Grant): object {
  return { ...grant, createdAt: new Date(createdAt).toISOString(), endsAt: new Date(endsAt).toISOString() }
}

function bad(message: string): Error {
  return grantError('grants/bad_request', `body${message}`)
}
