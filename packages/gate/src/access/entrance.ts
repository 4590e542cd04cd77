import type { IncomingMessage } from 'node:http'
import type { Authenticate, Principal } from '../endpoint.ts'
import { requestCredentials } from './credentials.ts'
import { OriginPolicy, type OriginPolicyOptions } from './origin.ts'

/** What an {@link Entrance} is made of. */
export interface EntranceParts extends OriginPolicyOptions {
  readonly authenticate: Authenticate
}

/** What every endpoint asks before anything else: which page a browser comes from, and who somebody is. */
export class Entrance {
  readonly #origins: OriginPolicy
  readonly #authenticate: Authenticate

  constructor(parts: EntranceParts) {
    this.#origins = new OriginPolicy(parts)
    this.#authenticate = parts.authenticate
  }

  /** @throws HoldfastError `server/forbidden` for an origin that is not allowed */
  demandOrigin(request: IncomingMessage): void {
    this.#origins.demand(request)
  }

  /**
   * Who a request comes from, by what it or its protocol (`carried`) brought; `undefined` where that is of no use.
   * @throws HoldfastError `server/forbidden` for a name that is not of this machine, `server/rate_limited`
   */
  async identify(request: IncomingMessage, carried?: string | undefined): Promise<Principal | undefined> {
    const credentials = requestCredentials(request, carried)
    const principal = await this.#authenticate(credentials)
    const isProven = credentials.bearer !== undefined || credentials.apiKey !== undefined
    if (principal !== undefined && !isProven) this.#origins.demandOwnName(request)
    return principal
  }
}
