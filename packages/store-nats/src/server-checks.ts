import type { NatsConnection } from '@nats-io/transport-node'
import { closeConnection, connectTo } from './connect.ts'
import { NatsLogError } from './errors.ts'
import type { NatsWarning, Settings } from './options.ts'

const NEEDED = [2, 11] as const
const ADVISED = [2, 15] as const
/** Servers answer within a round trip; how many there are is unknown. */
const COLLECT_MS = 1_000
const MAX_SERVERS = 64

/** @throws NatsLogError `nats/too_old` */
export function checkVersion(version: string, warn: (warning: NatsWarning) => void): void {
  if (isBefore(version, NEEDED)) {
    throw new NatsLogError('nats/too_old', `expected nats-server 2.11 or newer, this one is ${version}; update it`)
  }
  if (isBefore(version, ADVISED)) {
    warn({ code: 'old-server', message: `nats-server ${version} works; 2.15 or newer is advised` })
  }
}

/**
 * A server that does not flush every message (`sync_interval: always`) loses whole streams with its machine's power.
 * Only the system account can read the setting, so without its credentials the warning says that it cannot be seen.
 */
export async function warnOfPowerLoss(settings: Settings): Promise<void> {
  const { onWarning, systemCredentials } = settings
  if (systemCredentials === undefined) {
    const message =
      'whether the servers flush every message cannot be seen without systemCredentials: set `sync_interval: always` ' +
      'under `jetstream` in their configuration, or a loss of power can lose acknowledged events'
    return onWarning({ code: 'power-loss-unseen', message })
  }
  const lax = await laxServers(settings)
  if (lax.length === 0) return
  const message =
    `${lax.join(', ')} flush only now and then: a loss of power can lose acknowledged events. ` +
    'Set `sync_interval: always` under `jetstream` in their configuration'
  onWarning({ code: 'power-loss', message })
}

interface ServerReport {
  readonly server?: { readonly name?: string }
  readonly data?: { readonly config?: { readonly sync_always?: boolean } }
}

async function laxServers(settings: Settings): Promise<readonly string[]> {
  const nc = await connectTo(settings, settings.systemCredentials)
  try {
    const reports = await ask(nc)
    return reports
      .filter(({ data }) => data?.config?.sync_always !== true)
      .map(({ server }) => server?.name ?? 'a server')
  } finally {
    await closeConnection(nc)
  }
}

async function ask(nc: NatsConnection): Promise<readonly ServerReport[]> {
  const reports: ServerReport[] = []
  const options = { strategy: 'timer', maxWait: COLLECT_MS, maxMessages: MAX_SERVERS } as const
  const answers = await nc.requestMany('$SYS.REQ.SERVER.PING.JSZ', JSON.stringify({ config: true }), options)
  for await (const message of answers) reports.push(message.json<ServerReport>())
  return reports
}

function isBefore(version: string, [major, minor]: readonly [number, number]): boolean {
  const [hasMajor = 0, hasMinor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  return hasMajor < major || (hasMajor === major && hasMinor < minor)
}
