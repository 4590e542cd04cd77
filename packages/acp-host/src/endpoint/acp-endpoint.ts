import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import {
  type Clock,
  type HoldfastError,
  type Logger,
  silentLogger,
  systemClock,
  type WebSocketChannel,
} from '@holdfast/contract'
import type { Authenticate, Principal, RequestEndpoint, Scope, TrustedProxies, UpgradeEndpoint } from '@holdfast/gate'
import { Entrance, limitsFrom, QueuedGate } from '@holdfast/gate/internals'
import { ACP_CONNECTION_HEADER, ACP_PATH, parseAcpWireMessage } from '@holdfast/protocol/acp'
import type { AcpService } from '../peer.ts'
import { agentIn } from './agent-in.ts'
import { HttpEndpoint } from './http-endpoint.ts'
import { ACP_ENDPOINT_LIMITS, type AcpEndpointLimits } from './limits.ts'
import { ResumableClients } from './resumable-clients.ts'
import { SocketClient } from './socket-client.ts'

/** The close codes of refusals on an open connection. */
const REFUSED_CLOSE: Readonly<Record<string, number>> = {
  'server/unauthorized': 4401,
  'server/forbidden': 4403,
  'server/unavailable': 1013,
}

/** Options of {@link acpEndpoint}. */
export interface AcpEndpointOptions {
  readonly service: AcpService
  readonly authenticate: Authenticate
  /** Any of them lets in; what each may do is the service's to say. @defaultValue lead, control, observe */
  readonly scopes?: readonly Scope[] | undefined
  /** Where it is. @defaultValue `/acp` */
  readonly path?: string | undefined
  /** Browser origins that are allowed besides the server's own host. @defaultValue none */
  readonly origins?: readonly string[] | undefined
  readonly proxies?: TrustedProxies | undefined
  readonly limits?: Partial<AcpEndpointLimits> | undefined
  readonly clock?: Clock | undefined
  /** @defaultValue nothing is logged */
  readonly logger?: Logger | undefined
}

/** ACP for clients that know nothing of us, over a WebSocket and over HTTP, and for those with the resume extension. */
export interface AcpEndpoint {
  readonly upgrade: UpgradeEndpoint
  readonly request: RequestEndpoint
  /** Clients that are connected, or may come back without anything being read again. */
  readonly size: number
  /** Refuses new clients, and asks those that are here to come back, spread over `reconnectWindowMs`. */
  drain(reconnectWindowMs: number): Promise<void>
  /** Ends everything at once. The service is its owner's to close. */
  close(): void
}

/** Makes both endpoints of ACP, WebSocket and HTTP. See {@link AcpEndpointOptions}. */
export function acpEndpoint(options: AcpEndpointOptions): AcpEndpoint {
  const { service, authenticate, proxies, clock = systemClock, logger = silentLogger } = options
  const { path = ACP_PATH, origins = [], scopes = ['lead', 'control', 'observe'] } = options
  const limits = limitsFrom(ACP_ENDPOINT_LIMITS, options.limits)
  const common = { service, clock, logger, limits }
  const clients = new ResumableClients(common, randomUUID)
  const entrance = new Entrance({ authenticate, origins, proxies, clock, logger })
  const http = new HttpEndpoint({ ...common, path, entrance, scopes, newId: randomUUID })
  const gate = new QueuedGate({
    ...common,
    authenticate,
    scopes,
    origins,
    proxies,
    handles: (asked) => asked.replace(/\/$/, '') === path,
    headers: () => [`${ACP_CONNECTION_HEADER}: ${randomUUID()}`],
    credentialOf: (frame) => (typeof frame === 'string' ? tokenIn(frame) : undefined),
    refuse,
    enter: async (channel: WebSocketChannel, principal: Principal, request: IncomingMessage) =>
      new SocketClient({ ...common, channel, principal, clients, agent: agentIn(request) }),
  })
  return {
    upgrade: gate,
    request: http,
    get size() {
      return gate.size + http.size + clients.size
    },
    async drain(reconnectWindowMs) {
      http.drain()
      await gate.drain(reconnectWindowMs)
    },
    close() {
      http.close()
      gate.close()
      clients.close()
    },
  }
}

function refuse(channel: WebSocketChannel, error: HoldfastError): void {
  channel.close(REFUSED_CLOSE[error.code] ?? 1011, error.message.slice(0, 120))
}

/** The credential of a client that could not set a header. */
function tokenIn(text: string): string | undefined {
  try {
    const read = parseAcpWireMessage(JSON.parse(text))
    return read.ok && 'type' in read.message && read.message.type === 'auth' ? read.message.token : undefined
  } catch {
    return undefined
  }
}
