import type { Principal, RequestEndpoint, RestAnswer, RestCall } from '@holdfast/gate/internals'
import type { GatewayIdentity } from '@holdfast/protocol/hub/rest'
import { hasScope } from '@holdfast/server'
import { commandName } from '../command-name.ts'
import { gatewayVersion } from '../version.ts'
import { type OwnEndpointOptions, ownRequests } from './own-requests.ts'

/** Where a client asks for its own identity. */
const IDENTITY_PATH = '/api/me'

/** What {@link identityRequests} needs. */
export interface IdentityParts extends OwnEndpointOptions {
  /** Shells may be started on this gateway. */
  readonly hasShells: boolean
  /** Names of the agents of this gateway. */
  readonly agents: () => readonly string[]
}

/**
 * `GET /api/me`: whom the credentials stand for, and what they may do here, so that a page offers nothing else. For everybody
 * who may come in, holders of a grant too. `POST` is the same: browsers say with it which page asks, and one that may open no
 * WebSocket learns that before it tries.
 */
export function identityRequests({ hasShells, agents, ...options }: IdentityParts): RequestEndpoint {
  const [command, version] = [commandName(), gatewayVersion()]
  const identify = (principal: Principal): GatewayIdentity => {
    const { id, scopes, grant, expiresAt } = principal
    const startsShells = hasShells && grant === undefined && hasScope(principal, 'shell')
    const names = agents()
    const mayPrompt = names.length > 0 && grant === undefined && hasScope(principal, 'control')
    const own = mayPrompt ? { agents: [...names] } : {}
    return { principal: id, scopes: [...scopes], ...granted(grant, expiresAt), startsShells, ...own, command, version }
  }
  const run = async ({ principal }: RestCall): Promise<RestAnswer> => ({ body: identify(principal) })
  return ownRequests(
    {
      path: IDENTITY_PATH,
      area: 'identity',
      errors: {},
      routes: (['GET', 'POST'] as const).map((method) => ({ method, path: '', run })),
      maxBodyBytes: 0,
    },
    options,
  )
}

function granted(grant: Principal['grant'], endsAt: number | undefined): Pick<GatewayIdentity, 'grant'> {
  if (grant === undefined) return {}
  const { by, session, shell, role } = grant
  return { grant: { by, session, shell, role, endsAt } }
}
