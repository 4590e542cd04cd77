import type { Logger } from '@holdfast/core'
import { refuseUpgrade, requestUrl } from '@holdfast/gate'
import { isLogError, type SessionLog } from '@holdfast/log'
import type { Directory } from '@holdfast/log/directory'
import type { Authenticate, Hub, RequestEndpoint, TrustedProxies, UpgradeEndpoint } from '@holdfast/server'
import { HubRelay, openTracker, trackerEndpoint, trackerRequests } from '@holdfast/server/tracker'
import { sendError } from './responses.ts'

/** The tracker of a gateway. */
export interface Tasks {
  readonly upgrades: UpgradeEndpoint
  readonly requests: RequestEndpoint
  close(): Promise<void>
}

interface EndpointOptions {
  readonly authenticate: Authenticate
  readonly origins: readonly string[]
  readonly proxies: TrustedProxies
  readonly logger: Logger
}

/** Opens the tracker over the log. Where what is stored of it is damaged, its paths say so, and all else is served. */
export async function openTasks(
  log: SessionLog,
  hub: Hub,
  options: EndpointOptions,
  cluster?: Directory,
): Promise<Tasks> {
  const { logger } = options
  const relay = new HubRelay(hub, logger)
  try {
    const tracker = await openTracker({ log, logger, relay, cluster })
    const upgrades = trackerEndpoint({ tracker, ...options })
    return {
      upgrades,
      requests: trackerRequests({ tracker, ...options }),
      close: async () => {
        upgrades.close()
        await tracker.close()
        await relay.close()
      },
    }
  } catch (error) {
    await relay.close()
    if (!isLogError(error, 'log/damaged')) throw error
    logger.error('the tracker is not served, because what is stored of it is damaged: restore a backup')
    return damagedTasks
  }
}

const REFUSAL = {
  status: 503,
  code: 'tracker/unavailable',
  message: 'What is stored of the tracker is damaged. See the log of the gateway.',
} as const

const damagedTasks: Tasks = {
  upgrades: {
    handles: (path) => path === '/ws',
    upgrade: (_request, socket) => {
      socket.on('error', () => {})
      refuseUpgrade(socket, REFUSAL)
    },
  },
  requests: {
    handles: (request) => requestUrl(request)?.pathname.startsWith('/api/tracker/') === true,
    handle: (_request, response) => sendError(response, REFUSAL.status, REFUSAL.code, REFUSAL.message),
  },
  close: async () => {},
}
