import { type Clock, type Random, systemClock, systemRandom } from '@holdfast/contract'
import { LOG_LIMITS, LogError, type LogLimits } from '@holdfast/log'
import { limitsOf } from '@holdfast/log/internals'

/** How to prove who connects. Never logged. */
export interface NatsCredentials {
  readonly user?: string | undefined
  readonly pass?: string | undefined
  readonly token?: string | undefined
  /** The content of a `.creds` file. */
  readonly creds?: string | undefined
}

/** Options of `natsLog`. */
export interface NatsLogOptions {
  /** `host:port` or `nats://host:port`, one or several of one cluster. User and password in it are used and never shown. */
  readonly servers: string | readonly string[]
  /** Wins over what stands in `servers`. */
  readonly credentials?: NatsCredentials | undefined
  /** For TLS: the content of the files. @defaultValue none; `tls://` servers use the runtime's own authorities */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined
  /** First part of all names of this store; several stores can share a server. @defaultValue {@link NATS_DEFAULTS} */
  readonly prefix?: string | undefined
  /** Streams over which sessions are spread. Fixed when the store is created. @defaultValue {@link NATS_DEFAULTS} */
  readonly shards?: number | undefined
  /** Copies of everything, when the store is created. @defaultValue 3 in a cluster, else 1 */
  readonly replicas?: number | undefined
  /** A record that is older may go, whatever the retention of its session says. @defaultValue {@link NATS_DEFAULTS} */
  readonly maxAgeMs?: number | undefined
  /** Records of one session above which the oldest go. @defaultValue {@link NATS_DEFAULTS} */
  readonly maxRecords?: number | undefined
  /** For how long one call tries before it is `unavailable`. @defaultValue {@link NATS_DEFAULTS} */
  readonly stallMs?: number | undefined
  /** For how long opening may take. @defaultValue {@link NATS_DEFAULTS} */
  readonly openMs?: number | undefined
  /** A followed session without news is compared with the server this often. @defaultValue {@link NATS_DEFAULTS} */
  readonly idleCheckMs?: number | undefined
  /** Sessions whose state is kept ready. @defaultValue {@link NATS_DEFAULTS} */
  readonly maxCachedSessions?: number | undefined
  /** Keys, producers and senders of them that are remembered together. @defaultValue {@link NATS_DEFAULTS} */
  readonly maxCachedEntries?: number | undefined
  /** Events that were read and are kept for the next readers of the same pages, in bytes. @defaultValue {@link NATS_DEFAULTS} */
  readonly maxCachedBytes?: number | undefined
  /** Credentials of the system account, used once at opening to see whether a loss of power can lose data. */
  readonly systemCredentials?: NatsCredentials | undefined
  /** Called with what an operator should know. @defaultValue it is dropped */
  readonly onWarning?: ((warning: NatsWarning) => void) | undefined
  /** For leases, keys and dates. @defaultValue the system's time */
  readonly clock?: Clock | undefined
  /** For waiting. @defaultValue the system's time */
  readonly timers?: Clock | undefined
  /** For epochs and message ids. @defaultValue the system's randomness */
  readonly random?: Random | undefined
  /** Replaces single bounds. One append also has to fit into a message of the server. @defaultValue `LOG_LIMITS` */
  readonly limits?: Partial<LogLimits> | undefined
}

/** Something that works, and may surprise. */
export interface NatsWarning {
  readonly code: 'power-loss' | 'power-loss-unseen' | 'old-server' | 'one-copy'
  readonly message: string
}

/** Defaults of {@link NatsLogOptions}. */
export const NATS_DEFAULTS = {
  prefix: 'holdfast',
  /** Enough to spread 100,000 sessions over the cores of five servers; a stream for each would be a Raft group each. */
  shards: 64,
  /** One year. A session in which nothing was written for so long begins anew, with another epoch. */
  maxAgeMs: 31_536_000_000,
  maxRecords: 200_000,
  stallMs: 5_000,
  openMs: 60_000,
  idleCheckMs: 3_000,
  maxCachedSessions: 1_000,
  /** About 100 MB with ids of 36 characters. */
  maxCachedEntries: 300_000,
  maxCachedBytes: 16_777_216,
} as const

/** {@link NatsLogOptions}, complete. */
export interface Settings {
  readonly servers: readonly string[]
  readonly credentials: NatsCredentials | undefined
  readonly tls: NatsLogOptions['tls']
  readonly prefix: string
  readonly shards: number | undefined
  readonly replicas: number | undefined
  readonly maxAgeMs: number
  readonly maxRecords: number
  readonly stallMs: number
  readonly openMs: number
  readonly idleCheckMs: number
  readonly maxCachedSessions: number
  readonly maxCachedEntries: number
  readonly maxCachedBytes: number
  readonly systemCredentials: NatsCredentials | undefined
  readonly onWarning: (warning: NatsWarning) => void
  readonly clock: Clock
  readonly timers: Clock
  readonly random: Random
  readonly limits: LogLimits
}

/** @throws LogError `log/bad_request` */
export function settingsOf(options: NatsLogOptions): Settings {
  const servers = typeof options.servers === 'string' ? options.servers.split(',') : options.servers
  const prefix = options.prefix ?? NATS_DEFAULTS.prefix
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(prefix)) {
    throw new LogError('log/bad_request', 'expected a prefix of up to 32 letters, digits, _ and -')
  }
  return {
    servers: servers.map((server) => server.trim()).filter((server) => server !== ''),
    credentials: options.credentials,
    tls: options.tls,
    prefix,
    shards: whole('shards', options.shards, 1_024),
    replicas: whole('replicas', options.replicas, 5),
    maxAgeMs: whole('maxAgeMs', options.maxAgeMs) ?? NATS_DEFAULTS.maxAgeMs,
    maxRecords: whole('maxRecords', options.maxRecords) ?? NATS_DEFAULTS.maxRecords,
    stallMs: whole('stallMs', options.stallMs) ?? NATS_DEFAULTS.stallMs,
    openMs: whole('openMs', options.openMs) ?? NATS_DEFAULTS.openMs,
    idleCheckMs: whole('idleCheckMs', options.idleCheckMs) ?? NATS_DEFAULTS.idleCheckMs,
    maxCachedSessions: whole('maxCachedSessions', options.maxCachedSessions) ?? NATS_DEFAULTS.maxCachedSessions,
    maxCachedEntries: whole('maxCachedEntries', options.maxCachedEntries) ?? NATS_DEFAULTS.maxCachedEntries,
    maxCachedBytes: whole('maxCachedBytes', options.maxCachedBytes) ?? NATS_DEFAULTS.maxCachedBytes,
    systemCredentials: options.systemCredentials,
    onWarning: options.onWarning ?? (() => {}),
    clock: options.clock ?? systemClock,
    timers: options.timers ?? systemClock,
    random: options.random ?? systemRandom,
    limits: limitsOf(LOG_LIMITS, options.limits),
  }
}

function whole(name: string, value: number | undefined, most: number = Number.MAX_SAFE_INTEGER): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1 && value <= most)) return value
  throw new LogError('log/bad_request', `expected ${name} to be a whole number from 1 to ${most}, got ${value}`)
}
