import type { IncomingMessage } from 'node:http'
import {
  allAllow,
  allowEveryone,
  Entrance,
  hasScope,
  type Principal,
  PrincipalCounts,
  RateLimiter,
  requestUrl,
  type Scope,
  type TrustedProxies,
} from '@holdfast/gate/internals'
import { type HubConnectionParameters, parseHubConnectionParameters } from '@holdfast/protocol/hub'
import type { HubAccess, HubContext } from '../context.ts'
import { HubError } from '../errors.ts'
import { isVisible, type Reach } from '../session/visibility.ts'

/** Which scopes allow what; any of them will do. */
const ALLOWED_BY: Readonly<Record<HubAccess, readonly Scope[]>> = {
  lead: ['lead'],
  control: ['control'],
  observe: ['observe', 'control', 'lead'],
  create: ['lead', 'control'],
  manage: ['control', 'lead'],
}

/** Credentials, scopes and rates: all that is asked before anybody is let in. */
export class Authorization {
  readonly #context: HubContext
  readonly entrance: Entrance
  readonly #upgrades: RateLimiter
  readonly #creations: RateLimiter
  readonly #connections = new PrincipalCounts()

  constructor(context: HubContext, origins: readonly string[], proxies?: TrustedProxies | undefined) {
    const { clock, limits, logger, hooks } = context
    this.#context = context
    const authenticate = hooks.authenticate ?? allowEveryone
    this.entrance = new Entrance({ authenticate, origins, proxies, clock, logger })
    this.#upgrades = new RateLimiter({ clock, burst: limits.upgradeBurst, everyMs: limits.upgradeEveryMs })
    this.#creations = new RateLimiter({ clock, burst: limits.createBurst, everyMs: limits.createEveryMs })
  }

  /** @throws HoldfastError `server/forbidden` */
  demandOrigin(request: IncomingMessage): void {
    this.entrance.demandOrigin(request)
  }

  /** Who a request comes from; undefined where its credentials, or those that its protocol carried, are of no use. */
  async identify(request: IncomingMessage, carried?: string | undefined): Promise<Principal | undefined> {
    return this.entrance.identify(request, carried)
  }

  /** Newer credentials of an open connection. @throws HubError `hub/unauthorized`, `hub/rate_limited` */
  async renew(request: IncomingMessage, known: Principal, bearer: string): Promise<Principal> {
    this.takeUpgrade(known)
    const { authenticate = allowEveryone } = this.#context.hooks
    const principal = await authenticate({ bearer, request })
    if (principal === undefined || principal.id !== known.id) throw unauthorized()
    return principal
  }

  /** @throws HubError `hub/forbidden` */
  async permit(principal: Principal, access: HubAccess, sessionId: string): Promise<void> {
    const { authorize } = this.#context.hooks
    const allowed = hasScope(principal, ...ALLOWED_BY[access])
    if (!allowed) throw new HubError('hub/forbidden', `This needs the scope ${ALLOWED_BY[access].join(' or ')}.`)
    demandGranted(principal, access, sessionId)
    if (authorize === undefined || (await allAllow(principal, (one) => authorize(one, access, sessionId)))) return
    throw new HubError('hub/forbidden', 'This principal may not do this in this session.')
  }

  /** @throws HubError `hub/rate_limited` */
  takeUpgrade(principal: Principal): void {
    limited(this.#upgrades.take(principal.id), 'Too many connections in a short time.')
  }

  /** One more connection of a principal, until the result is called. @throws HubError `hub/unavailable` */
  connected({ id }: Principal): () => void {
    const { maxConnectionsPerPrincipal: most } = this.#context.limits
    if (this.#connections.of(id) < most) return this.#connections.add(id)
    throw new HubError('hub/unavailable', `This principal has ${most} connections already.`)
  }

  /** @throws HubError `hub/rate_limited` */
  takeCreation(principal: Principal): void {
    limited(this.#creations.take(principal.id), 'Too many new sessions in a short time.')
  }

  /** @throws HubError `hub/bad_request` */
  parameters(request: IncomingMessage): HubConnectionParameters {
    const tooLong = (request.url ?? '').length > this.#context.limits.maxUrlLength
    const url = tooLong ? undefined : requestUrl(request)
    if (url === undefined) throw new HubError('hub/bad_request', 'The request target cannot be read.')
    const parsed = parseHubConnectionParameters(url.searchParams)
    if (!parsed.ok) throw new HubError('hub/bad_request', parsed.issue)
    return parsed.message
  }
}

/** The holder of a grant is in one session, and neither makes, changes nor removes any. */
function demandGranted({ grant }: Principal, access: HubAccess, sessionId: string): void {
  if (grant === undefined) return
  if (access === 'create' || access === 'manage') throw new HubError('hub/forbidden', 'A grant does not reach so far.')
  if (sessionId !== '' && sessionId !== grant.session) throw new HubError('hub/not_found', 'There is no such session.')
}

/** @throws HubError `hub/not_found` for a session that this principal may not find */
export function demandVisible(principal: Principal, session: Reach): void {
  if (!isVisible(principal, session)) throw new HubError('hub/not_found', 'There is no such session.')
}

export function unauthorized(): HubError {
  return new HubError('hub/unauthorized', 'Credentials are missing or wrong.')
}

/** Said where no credential came at all, so that a forgotten one is not taken for a wrong one. */
export function noCredential(): HubError {
  return new HubError('hub/unauthorized', 'No credential came: expected a token in a header or in the first frame.')
}

function limited(waitMs: number, message: string): void {
  if (waitMs > 0) throw new HubError('hub/rate_limited', message, { details: { waitMs } })
}
