import type { GatewayIdentity } from '@holdfast/protocol/hub/rest'
import type { View } from './place.ts'

/** What this page offers, which is what the token lets do. The gateway decides anew each time. */
export interface Rights {
  /** Parts of the page that there is something in. */
  readonly views: readonly View[]
  readonly startsShells: boolean
  readonly makesSessions: boolean
  readonly isOperator: boolean
  /** How the command line is called on the gateway's machine. */
  readonly command: string
  /** Of the gateway. */
  readonly version: string
  /** Of a share link: the one session or shell that it leads to. */
  readonly grant: GatewayIdentity['grant']
}

export function rightsOf({ scopes, grant, startsShells, command, version }: GatewayIdentity): Rights {
  const may = (...any: readonly string[]): boolean => [...any, 'admin'].some((scope) => scopes.includes(scope))
  const isOperator = grant === undefined && may()
  const makesSessions = grant === undefined && may('control', 'lead')
  const common = { startsShells, makesSessions, isOperator, command, version, grant }
  if (grant !== undefined) {
    return { ...common, views: [grant.session === undefined ? 'shells' : 'conversation', 'doctor'] }
  }
  const views: View[] = []
  if (may('observe', 'control', 'lead')) views.push('sessions', 'conversation')
  // Shells that run already are seen where no new ones may be started.
  if (startsShells) views.push('shells')
  views.push('doctor')
  if (isOperator) views.push('health')
  return { ...common, views }
}
