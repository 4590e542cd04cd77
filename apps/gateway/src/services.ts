import type { Logger } from '@holdfast/core'
import { overHttp, slowGuesses, tokenRights } from '@holdfast/gate'
import type { GatewayOverview } from '@holdfast/protocol/hub/rest'
import {
  createHub,
  drainAll,
  type RequestEndpoint,
  tokenAuthenticate,
  trustedProxies,
  type UpgradeEndpoint,
} from '@holdfast/server'
import { grantRequests, openGrants } from '@holdfast/server/grants'
import { permissionPrompts, sessionsEndpoint } from '@holdfast/server/sessions'
import { createStreams } from '@holdfast/streams'
import type { Registry } from 'prom-client'
import { type GatewayAgents, openAgents } from './agents.ts'
import type { GatewayConfig } from './config.ts'
import { registerStreamMetrics } from './metrics/stream-metrics.ts'
import { NODE_PREFIX, overviewOf } from './overview.ts'
import { backupRequests } from './requests/backup-requests.ts'
import { identityRequests } from './requests/identity-requests.ts'
import { operatorRequests } from './requests/operator-requests.ts'
import { type ClusterPlace, openShells } from './shells.ts'
import type { Store } from './store.ts'
import { openTasks } from './tasks.ts'

/** Everything that a gateway serves besides its own pages. */
export interface Services {
  readonly upgrades: readonly UpgradeEndpoint[]
  readonly requests: readonly RequestEndpoint[]
  readonly metrics: readonly Registry[]
  /** An agent is at work, or a shell runs here: work continues without a client. */
  isAtWork(): Promise<boolean>
  /** Refuses new clients and asks all others to come back within the spread. Resolves when they have left, or soon. */
  drain(reconnectWindowMs: number): Promise<void>
  /** Ends sessions and shells, and writes out what they hold. The log stays open. */
  close(): Promise<void>
}

/** What operators can see of this process, and what they may do with it. */
export interface OperatedProcess {
  readonly node: string
  readonly status: () => GatewayOverview['status']
  /** Drains and ends it; undefined where something else decides that. */
  readonly stop: (() => void) | undefined
}

/**
 * Opens every endpoint of gateway.md over one log, with one list of tokens and origins. A tracker's task is a session of
 * the hub too, so that observers see the agent work; a permission prompt of a lead goes to its subscribers.
 */
export async function openServices(
  config: GatewayConfig,
  store: Store,
  logger: Logger,
  own: Registry,
  operated: OperatedProcess,
  place?: ClusterPlace | undefined,
): Promise<Services> {
  const { log } = store
  const grants = await openGrants({ log, rightsOf: tokenRights(config.tokens), isOff: !config.sharing, logger })
  const proxies = trustedProxies(config.trustedPeers)
  const authenticate = slowGuesses(grants.authenticate(tokenAuthenticate(config.tokens)), { proxies, logger })
  const endpointOptions = { authenticate, origins: config.origins, proxies, logger }
  let wake: GatewayAgents['wake'] | undefined
  const hub = createHub({
    log,
    ...endpointOptions,
    wake: async (session) => (await wake?.(session)) ?? false,
    reach: config.sessions,
    cluster: place?.directory,
    requireApproval: permissionPrompts(),
  })
  const streams = createStreams({ log, ...endpointOptions, sessions: hub.streamSource, reach: config.sessions })
  registerStreamMetrics(own, () => streams.stats)
  const tasks = await openTasks(log, hub, endpointOptions, place?.directory)
  const sessions = sessionsEndpoint({ hub, ...endpointOptions })
  const shells = await openShells(config, endpointOptions, own, place)
  const { node, status, stop } = operated
  const agents = await openAgents({ config, hub, log, endpointOptions, registry: own, node })
  wake = agents.wake
  const { directory, url } = place ?? {}
  directory?.put(NODE_PREFIX + node, { url })
  const registries = [own, hub.metrics.registry]
  const overview = overviewOf({ hub, registries, log, kind: config.store, node, url, directory, status })
  const upgrades = [hub.upgrades, ...shells.endpoints, sessions, tasks.upgrades, ...agents.upgrades]
  const carried = overHttp({ upgrades, origins: config.origins, proxies, logger })
  return {
    upgrades,
    requests: [
      carried,
      ...agents.requests,
      hub.requests,
      grantRequests({ grants, hub, ...endpointOptions }),
      tasks.requests,
      streams.requests,
      backupRequests(store, config, endpointOptions),
      identityRequests({ hasShells: config.shell !== undefined, agents: agents.names, ...endpointOptions }),
      operatorRequests({ hub, overview, stop, ...endpointOptions }),
      ...shells.requests,
    ],
    metrics: [hub.metrics.registry],
    isAtWork: async () => agents.isAtWork() || (await shells.countRunning()) > 0,
    drain: (reconnectWindowMs) => {
      streams.drain()
      return drainAll([hub, agents, ...shells.endpoints, sessions, tasks.upgrades], reconnectWindowMs)
    },
    close: async () => {
      carried.close()
      grants.close()
      sessions.close()
      await streams.close()
      await tasks.close()
      await agents.close()
      await Promise.all([hub.close(), shells.close()])
    },
  }
}
