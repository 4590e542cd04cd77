import { type Logger, systemClock } from '@holdfast/core'
import {
  type Authenticate,
  Entrance,
  errorTable,
  type RequestEndpoint,
  Router,
  type RouterOptions,
  type TrustedProxies,
} from '@holdfast/gate/internals'
import { COMMON_HEADERS } from '../responses.ts'

/** What everybody passes who asks this gateway itself for something. */
export interface OwnEndpointOptions {
  readonly authenticate: Authenticate
  readonly origins: readonly string[]
  readonly proxies: TrustedProxies
  readonly logger: Logger
}

/** Which requests are answered, and the codes of their own. */
export interface OwnRequests extends Pick<RouterOptions, 'routes' | 'maxBodyBytes'> {
  readonly path: string
  /** The codes begin with it: `area/internal` is there already. */
  readonly area: string
  /** Status by code. */
  readonly errors: Readonly<Record<string, number>>
}

/** What all endpoints refuse, by the end of its code. */
const COMMON: Readonly<Record<string, number>> = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  rate_limited: 429,
  unavailable: 503,
}

/** Answers requests that are for this gateway, not for what it serves. */
export function ownRequests(
  { path, area, errors, routes, maxBodyBytes }: OwnRequests,
  options: OwnEndpointOptions,
): RequestEndpoint {
  const common = Object.entries(COMMON)
  const own = Object.entries({ ...errors, [`${area}/internal`]: 500 })
  const rows = [...common.map(([name, status]) => [`${area}/${name}`, status] as const), ...own]
  return new Router({
    bases: [path],
    routes,
    entrance: new Entrance({ ...options, clock: systemClock }),
    errors: errorTable({
      area,
      rows: Object.fromEntries(rows.map(([code, status]) => [code, { status }])),
      others: Object.fromEntries(common.map(([name]) => [`server/${name}`, `${area}/${name}`])),
    }),
    maxBodyBytes,
    headers: COMMON_HEADERS,
    logger: options.logger,
  })
}
