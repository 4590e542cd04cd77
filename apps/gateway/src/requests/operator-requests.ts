import { HoldfastError } from '@holdfast/core'
import type { RequestEndpoint, RestCall } from '@holdfast/gate/internals'
import type { GatewayOverview } from '@holdfast/protocol/hub/rest'
import type { Hub } from '@holdfast/server'
import { type OwnEndpointOptions, ownRequests } from './own-requests.ts'

/** Below it is what operators may look at and do. */
const OPERATOR_PATH = '/api/operator'

/** What {@link operatorRequests} needs. */
export interface OperatorParts extends OwnEndpointOptions {
  readonly hub: Pick<Hub, 'disconnect'>
  readonly overview: () => Promise<GatewayOverview>
  /** Drains this gateway and ends its process; undefined where something else decides that. */
  readonly stop: (() => void) | undefined
}

/**
 * `GET overview`: the health of this gateway. `DELETE connections/{id}`: ends one connection for good. `POST drain`: no new client is
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
  return ownRequests(
    {
      path: OPERATOR_PATH,
      area: 'operator',
      errors: { 'operator/no_connection': 404, 'operator/not_ours': 501 },
      routes: [
        { method: 'GET', path: '/overview', scopes: ['admin'], run: async () => ({ body: await overview() }) },
        { method: 'DELETE', path: '/connections/{id}', scopes: ['admin'], run: disconnect },
        { method: 'POST', path: '/drain', scopes: ['admin'], run: drain },
      ],
      maxBodyBytes: 1_024,
    },
    parts,
  )
}
