import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, type Logger, silentLogger, systemClock } from '@holdfast/contract'
import {
  type Authenticate,
  allowOrigin,
  Entrance,
  type Principal,
  preflight,
  type RequestEndpoint,
  requestUrl,
  sendJson,
  type TrustedProxies,
} from '@holdfast/gate/internals'
import { readBody } from '../hub/endpoints/http.ts'
import type { Hub } from '../hub/index.ts'
import { asGrantError, grantError } from './errors.ts'
import { coversRole, GRANT_ROLES, type Grant, type GrantRole } from './grant.ts'
import type { Grants, GrantWish } from './grants.ts'

/** What {@link grantRequests} must and may be told. */
export interface GrantRequestsOptions {
  readonly grants: Grants
  /** Whose sessions are granted. */
  readonly hub: Hub
  readonly authenticate: Authenticate
  readonly origins?: readonly string[] | undefined
  /** Whose forwarded headers are believed. @defaultValue nobody's */
  readonly proxies?: TrustedProxies | undefined
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
}

const PATH = '/api/grants'
const MAX_BODY_BYTES = 16_384
const MAX_NAME = 256
const MAX_LABEL = 128
/** A grant without a wish ends after an hour; none lasts longer than 30 days. */
const DEFAULT_MS = 3_600_000
const MAX_MS = 2_592_000_000
const LEAST_MS = 1_000

/**
 * `/api/grants`: `POST` makes a grant (`session` or `shell`, `role`, `expiresInMs`, `label`) and tells its token once, `GET`
 * lists one's own, `DELETE /api/grants/{id}` ends one. Errors are JSON.
 */
export function grantRequests(options: GrantRequestsOptions): RequestEndpoint {
  const { authenticate, origins = [], proxies, clock = systemClock, logger = silentLogger } = options
  const entrance = new Entrance({ authenticate, origins, proxies, clock, logger })
  return {
    handles: (request) => {
      const path = requestUrl(request)?.pathname
      return path === PATH || path?.startsWith(`${PATH}/`) === true
    },
    handle(request, response) {
      answer(options, entrance, clock, request, response).catch((cause: unknown) => {
        const { error, status } = asGrantError(cause)
        if (status === 500) logger.error('a request for grants failed', { error: String(cause) })
        if (status === 401) response.setHeader('www-authenticate', 'Bearer')
        if (response.headersSent) return void response.destroy()
        sendJson(response, status, { error: { code: error.code, message: error.message } })
      })
    },
  }
}

async function answer(
  { grants, hub }: GrantRequestsOptions,
  entrance: Entrance,
  clock: Clock,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  entrance.demandOrigin(request)
  allowOrigin(request, response)
  const id = decodeURIComponent((requestUrl(request)?.pathname ?? '').slice(PATH.length + 1))
  const methods = id === '' ? ['GET', 'POST'] : ['DELETE']
  if (request.method === 'OPTIONS') return preflight(response, methods)
  if (!methods.includes(request.method ?? '')) {
    response.setHeader('allow', methods.join(', '))
    throw grantError('grants/method_not_allowed', `Expected ${methods.join(' or ')}.`)
  }
  const principal = await entrance.identify(request)
  if (principal === undefined) throw grantError('grants/unauthorized', 'Credentials are missing or wrong.')
  if (principal.grant !== undefined) throw grantError('grants/forbidden', 'Who has a grant gives none.')
  if (request.method === 'GET') return sendJson(response, 200, { grants: grants.list(principal).map(told) })
  if (request.method === 'DELETE') {
    await grants.revoke(principal, id)
    return sendJson(response, 200, { id, status: 'revoked' })
  }
  const wish = await granted(hub, principal, wishIn(await bodyOf(request), clock.epoch()))
  const { grant, token } = await grants.make(principal, wish)
  sendJson(response, 201, { ...told(grant), token })
}

/** The wish with the life of its session, where the principal may do there what it wants to let others do. */
async function granted(hub: Hub, principal: Principal, wish: GrantWish): Promise<GrantWish> {
  if (wish.session === undefined || wish.role === 'write') return wish
  if (!coversRole(principal.scopes, wish)) {
    throw grantError('grants/forbidden', `This principal may not grant the role ${wish.role}.`)
  }
  const session = await hub.sessionFor(principal, wish.session, wish.role)
  const { epoch } = session
  session.close()
  return { ...wish, epoch }
}

async function bodyOf(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const body = await readBody(request, MAX_BODY_BYTES).catch((cause: unknown) => {
    throw grantError('grants/bad_request', `body: expected a JSON object of at most ${MAX_BODY_BYTES} bytes`, cause)
  })
  return typeof body === 'object' && body !== null ? { ...body } : {}
}

function wishIn(body: Readonly<Record<string, unknown>>, now: number): GrantWish {
  const session = textIn(body, 'session', MAX_NAME)
  const shell = textIn(body, 'shell', MAX_NAME)
  if ((session === undefined) === (shell === undefined)) throw bad('expected either session or shell')
  const role = roleIn(body['role'], session === undefined ? 'shell' : 'session')
  const { expiresInMs = DEFAULT_MS } = body
  if (typeof expiresInMs !== 'number' || !(expiresInMs >= LEAST_MS && expiresInMs <= MAX_MS)) {
    throw bad(`expiresInMs: expected a number from ${LEAST_MS} to ${MAX_MS}`)
  }
  const label = textIn(body, 'label', MAX_LABEL)
  return { session, shell, role, endsAt: now + Math.round(expiresInMs), ...(label === undefined ? {} : { label }) }
}

function roleIn(value: unknown, kind: keyof typeof GRANT_ROLES): GrantRole {
  const roles: readonly GrantRole[] = GRANT_ROLES[kind]
  const role = roles.find((one) => one === (value ?? 'observe'))
  if (role !== undefined) return role
  throw bad(`role: expected ${roles.join(', ')} for a ${kind}`)
}

function textIn(body: Readonly<Record<string, unknown>>, name: string, most: number): string | undefined {
  const value = body[name]
  if (value === undefined) return undefined
  if (typeof value === 'string' && value !== '' && value.length <= most) return value
  throw bad(`${name}: expected a text of 1 to ${most} characters`)
}

function told({ epoch: _epoch, createdAt, endsAt, ...grant }: Grant): object {
  return { ...grant, createdAt: new Date(createdAt).toISOString(), endsAt: new Date(endsAt).toISOString() }
}

function bad(message: string): Error {
  return grantError('grants/bad_request', message)
}
