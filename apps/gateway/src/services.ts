import type { Logger } from '@holdfast/core'
import type { SessionLog } from '@holdfast/log'
import {
  createHub,
  drainAll,
  type RequestEndpoint,
  slowGuesses,
  tokenAuthenticate,
  type UpgradeEndpoint,
} from '@holdfast/server'
import { permissionPrompts, sessionsEndpoint } from '@holdfast/server/sessions'
import { HubRelay, openTracker, trackerEndpoint, trackerRequests } from '@holdfast/server/tracker'
import type { Registry } from 'prom-client'
import type { GatewayConfig } from './config.ts'
import { type ClusterPlace, openShells } from './shells.ts'

/** Everything that a gateway serves besides its own pages. */
export interface Services {
  readonly upgrades: readonly UpgradeEndpoint[]
  readonly requests: readonly RequestEndpoint[]
  readonly metrics: readonly Registry[]
  /** Lets nobody new in and asks all clients to come back within the spread. Resolves when they have left, or soon. */
  drain(spreadMs: number): Promise<void>
  /** Ends sessions and shells, and writes out what they hold. The log stays open. */
  close(): Promise<void>
}

/**
 * Opens every endpoint of gateway.md over one log, with one list of tokens and origins. A tracker's task is a session of
 * the hub too, so that whoever watches sees the agent work; a permission prompt of a lead goes to its subscribers.
 */
export async function openServices(
  config: GatewayConfig,
  log: SessionLog,
  logger: Logger,
  own: Registry,
  place?: ClusterPlace | undefined,
): Promise<Services> {
  const authenticate = slowGuesses(tokenAuthenticate(config.tokens), { logger })
  const doors = { authenticate, origins: config.origins, logger }
  const hub = createHub({
    log,
    ...doors,
    reach: config.sessions,
    cluster: place?.directory,
    holdRequest: permissionPrompts(),
  })
  const relay = new HubRelay(hub, logger)
  const tracker = await openTracker({ log, logger, relay, cluster: place?.directory })
  const sessions = sessionsEndpoint({ hub, ...doors })
  const agents = trackerEndpoint({ tracker, ...doors })
  const shells = await openShells(config, doors, own, place)
  return {
    upgrades: [hub.upgrades, ...shells.endpoints, sessions, agents],
    requests: [hub.requests, trackerRequests({ tracker, ...doors }), ...shells.requests],
    metrics: [hub.metrics.registry],
    drain: (spreadMs) => drainAll([hub, ...shells.endpoints, sessions, agents], spreadMs),
    close: async () => {
      sessions.close()
      agents.close()
      await tracker.close()
      await relay.close()
      await Promise.all([hub.close(), shells.close()])
    },
  }
}
