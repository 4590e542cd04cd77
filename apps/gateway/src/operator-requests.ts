import { HoldfastError, type Logger, systemClock } from '@holdfast/core'
import {
  type Authenticate,
  Entrance,
  errorTable,
  type RequestEndpoint,
  type RestCall,
  Router,
  type TrustedProxies,
} from '@holdfast/gate/internals'
import type { GatewayOverview } from '@holdfast/protocol/hub/rest'
import type { Hub } from '@holdfast/server'
import { COMMON_HEADERS } from './responses.ts'

/** Below it is what operators may look at and do. */
export const OPERATOR_PATH = '/api/operator'

/** What {@link operatorRequests} needs. */
export interface OperatorParts {
  readonly hub: Pick<Hub, 'disconnect'>
  readonly overview: () => Promise<GatewayOverview>
  /** Drains this gateway and ends its process; undefined where something else decides that. */
  readonly stop: (() => void) | undefined
  readonly authenticate: Authenticate
  readonly origins: readonly string[]
  readonly proxies: TrustedProxies
  readonly logger: Logger
}

const ROWS = {
  bad_request: { status: 400 },
  unauthorized: { status: 401 },
  forbidden: { status: 403 },
  not_found: { status: 404 },
  method_not_allowed: { status: 405 },
  rate_limited: { status: 429 },
  unavailable: { status: 503 },
  'operator/no_connection': { status: 404 },
  'operator/not_ours': { status: 501 },
  'operator/internal': { status: 500 },
}

const ERRORS = errorTable({
  area: 'operator',
  rows: ROWS,
  others: Object.fromEntries(Object.keys(ROWS).map((code) => [`server/${code}`, code])),
})

/**
 * `GET overview`: how this gateway does. `DELETE connections/{id}`: ends one connection for good. `POST drain`: nobody new is
 * let in, clients go elsewhere, and the process ends. For the scope `admin`; each act is logged with who asked for it.
 */
export function operatorRequests(parts: OperatorParts): RequestEndpoint {
  const { hub, overview, stop, logger } = parts
  const disconnect = ({ parameters, principal }: RestCall): { readonly body: object } => {
    const id = parameters['id'] ?? ''
    if (!hub.disconnect(id)) throw new HoldfastError('operator/no_connection', 'There is no such connection any more.')
    logger.info('an operator ended a connection', { id, by: principal.id })
    return { body: { id } }
  }
  let isDraining = false
  const drain = ({ principal }: RestCall): { readonly status: number; readonly body: object } => {
    if (stop === undefined) {
      const what = 'This gateway is part of another program, which decides when it ends.'
      throw new HoldfastError('operator/not_ours', what)
    }
    logger.warn('an operator drains this gateway', { by: principal.id })
    // Twice would mean: at once.
    if (!isDraining) stop()
    isDraining = true
    return { status: 202, body: { status: 'draining' } }
  }
  return new Router({
    bases: [OPERATOR_PATH],
    routes: [
      { method: 'GET', path: '/overview', scopes: ['admin'], run: async () => ({ body: await overview() }) },
      { method: 'DELETE', path: '/connections/{id}', scopes: ['admin'], run: disconnect },
      { method: 'POST', path: '/drain', scopes: ['admin'], run: drain },
    ],
    entrance: new Entrance({ ...parts, clock: systemClock }),
    errors: ERRORS,
    maxBodyBytes: 1_024,
    headers: COMMON_HEADERS,
    logger,
  })
}
