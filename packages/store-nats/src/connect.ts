import { setImmediate as turn } from 'node:timers/promises'
import { HoldfastError } from '@holdfast/contract'
import { LogError } from '@holdfast/log'
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  errors,
  type NatsConnection,
} from '@nats-io/transport-node'
import { NatsLogError } from './errors.ts'
import { openingFailure } from './failed-request.ts'
import type { NatsCredentials, Settings } from './options.ts'

/** A server that stands still is left for another one after two pings without an answer. */
const PING_MS = 2_000
const DIAL_MS = 5_000

/** One address, taken apart. */
interface Address {
  readonly host: string
  readonly isTls: boolean
  readonly credentials: NatsCredentials | undefined
}

/**
 * Closes a connection. What was published in this turn of the event loop is written at its end: closed before that, the
 * client would write it to a socket that has ended, which cannot be caught.
 */
export async function closeConnection(nc: NatsConnection): Promise<void> {
  await turn()
  await nc.close()
}

/**
 * Connects to one of the servers; from then on the connection comes back by itself.
 * @throws NatsLogError `nats/unreachable`, `nats/unauthorized`; LogError `log/bad_request`
 */
export async function connectTo(settings: Settings, as?: NatsCredentials): Promise<NatsConnection> {
  if (settings.servers.length === 0) throw new LogError('log/bad_request', 'expected the address of a NATS server')
  const addresses = settings.servers.map(addressOf)
  const hosts = addresses.map(({ host }) => host)
  const credentials =
    as ?? settings.credentials ?? addresses.find((address) => address.credentials !== undefined)?.credentials
  const secure = settings.tls !== undefined || addresses.some(({ isTls }) => isTls)
  try {
    return await connect({
      servers: hosts,
      name: 'holdfast',
      maxReconnectAttempts: -1,
      reconnectTimeWait: 200,
      reconnectJitter: 200,
      pingInterval: PING_MS,
      maxPingOut: 2,
      timeout: DIAL_MS,
      ignoreAuthErrorAbort: true,
      // Two errors with their stacks for each request, in case that it fails.
      noAsyncTraces: true,
      ...(secure ? { tls: settings.tls ?? {} } : {}),
      ...proof(credentials),
    })
  } catch (cause) {
    const where = hosts.join(', ')
    if (cause instanceof errors.AuthorizationError || cause instanceof errors.UserAuthenticationExpiredError) {
      throw new NatsLogError('nats/unauthorized', `expected ${where} to accept the credentials, it refused them`)
    }
    throw new NatsLogError('nats/unreachable', `expected a NATS server at ${where}, none answered`, undefined, cause)
  }
}

/** The error to be reported for one that came while the store was opened. */
export function openingError(failure: unknown): HoldfastError {
  const isOurs = failure instanceof HoldfastError
  if (isOurs && failure.code !== 'log/unavailable') return failure
  const error = isOurs ? failure.cause : failure
  const messages = {
    off: ['nats/jetstream_off', 'expected JetStream, it is switched off on this server or for this account'],
    forbidden: ['nats/forbidden', 'expected to be allowed to use JetStream and the subjects of this store'],
    full: ['nats/no_room', 'expected room for the streams of this store, the server refused them'],
    'too-few-servers': ['nats/too_few_servers', 'expected as many servers as replicas, there are fewer'],
  } as const
  const reason = openingFailure(error)
  if (reason !== undefined) return new NatsLogError(messages[reason][0], messages[reason][1], undefined, error)
  const why = error instanceof Error ? error.message : String(error)
  return new NatsLogError('nats/open_failed', `expected to open the store, it failed: ${why}`, undefined, error)
}

function addressOf(text: string): Address {
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `nats://${text}`
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined
  if (url === undefined || !/^(nats|tls):$/.test(url.protocol) || url.hostname === '') {
    // Not repeated: it may hold a password.
    throw new LogError('log/bad_request', 'expected servers as host:port or nats://host:port')
  }
  const user = decodeURIComponent(url.username)
  const pass = decodeURIComponent(url.password)
  const isTls = url.protocol === 'tls:'
  const host = url.port === '' ? `${url.hostname}:4222` : url.host
  if (user === '') return { host, isTls, credentials: undefined }
  return { host, isTls, credentials: pass === '' ? { token: user } : { user, pass } }
}

function proof(credentials: NatsCredentials | undefined): ConnectionOptions {
  if (credentials === undefined) return {}
  const { user, pass, token, creds } = credentials
  if (creds !== undefined) return { authenticator: credsAuthenticator(new TextEncoder().encode(creds)) }
  if (token !== undefined) return { token }
  return { ...(user === undefined ? {} : { user }), ...(pass === undefined ? {} : { pass }) }
}
