import { type HoldfastError, type Logger, silentLogger, type WebSocketChannel } from '@holdfast/contract'
import {
  type Authenticate,
  GATE_LIMITS,
  type GateLimits,
  limitsFrom,
  QueuedGate,
  type TrustedProxies,
  type UpgradeEndpoint,
} from '@holdfast/gate/internals'
import { trackerServerCodec } from '@holdfast/protocol/tracker'
import { AgentConnection, DELIVERY_LIMITS, type DeliveryLimits } from './agent-connection.ts'
import type { Tracker } from './tracker.ts'

/** Options of {@link trackerEndpoint}. */
export interface TrackerEndpointOptions {
  readonly tracker: Tracker
  readonly authenticate: Authenticate
  /** Browser origins that are allowed besides the server's own host. */
  readonly origins?: readonly string[] | undefined
  /** Whose forwarded headers are trusted. @defaultValue none */
  readonly proxies?: TrustedProxies | undefined
  /** @defaultValue '/ws' */
  readonly path?: string | undefined
  readonly limits?: Partial<GateLimits & DeliveryLimits> | undefined
  readonly logger?: Logger | undefined
}

/** An endpoint that can be ended. */
export interface TrackerSocketEndpoint extends UpgradeEndpoint {
  readonly size: number
  drain(reconnectWindowMs: number): Promise<void>
  close(): void
}

/** `/ws`: where agents are attached (tracker §1). An agent is named by the principal of its token. */
export function trackerEndpoint(options: TrackerEndpointOptions): TrackerSocketEndpoint {
  const { tracker, authenticate, origins = [], proxies, path = '/ws', logger = silentLogger } = options
  const limits = limitsFrom({ ...GATE_LIMITS, ...DELIVERY_LIMITS }, options.limits)
  return new QueuedGate({
    handles: (asked) => asked === path || asked === `${path}/`,
    authenticate,
    scopes: ['track'],
    origins,
    proxies,
    clock: tracker.clock,
    logger,
    limits,
    credentialOf(frame) {
      const decoded = trackerServerCodec.decode(frame)
      if (!decoded.ok || decoded.message.type !== 'auth') return undefined
      const { token } = { token: undefined, ...decoded.message }
      return typeof token === 'string' ? token : undefined
    },
    refuse,
    enter: (channel, principal) => AgentConnection.open(tracker, channel, principal.id, limits),
  })
}

function refuse(channel: WebSocketChannel, error: HoldfastError): void {
  const refused = error.code === 'server/unauthorized' || error.code === 'server/forbidden'
  if (refused) channel.send(JSON.stringify({ type: 'auth.error', message: error.message }))
  channel.close(refused ? 1008 : 1013, error.message)
}
