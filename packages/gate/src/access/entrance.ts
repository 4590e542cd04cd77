import type { IncomingMessage } from 'node:http'
import type { Authenticate, Principal } from '../endpoint.ts'
import { requestCredentials } from './credentials.ts'
import { OriginPolicy, type OriginPolicyOptions } from './origin.ts'

/** What an {@link Entrance} is made of. */
export interface EntranceParts extends OriginPolicyOptions {
  readonly authenticate: Authenticate
}

/** The first checks of every endpoint: the origin of a browser's page, and the principal of a request. */
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
   * The principal of a request, by its own credentials or those of its protocol (`carried`); `undefined` where they are
   * not valid.
   * @throws HoldfastError `server/forbidden` for a host name that is not of this machine, `server/rate_limited`
   */
  async identify(request: IncomingMessage, carried?: string | undefined): Promise<Principal | undefined> {
    const credentials = requestCredentials(request, carried)
    const principal = await this.#authenticate(credentials)
    const isProven = credentials.bearer !== undefined || credentials.apiKey !== undefined
    if (principal !== undefined && !isProven) this.#origins.demandOwnName(request)
    return principal
  }
}
