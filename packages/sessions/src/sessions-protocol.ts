import {
  type ClientProtocol,
  type HandshakeLink,
  type HandshakeResult,
  inboundSilence,
  type ProtocolContext,
  transportPing,
  type WebSocketFrame,
} from '@holdfast/core'
import type { Liveness } from '@holdfast/core/contract'
import { DedupWindow } from '@holdfast/core/protocol'
import {
  announcedFrameLimit,
  type SessionMessage,
  sessionControlIssue,
  sessionMessageUuid,
  sessionsCodec,
} from '@holdfast/protocol/sessions'
import { type SessionsRetry, sessionsRetryPolicy } from './retry-policy.ts'

/** What the protocol needs of its subscription. */
export interface SessionsProtocolOptions extends SessionsRetry {
  readonly pingIntervalMs: number
  readonly pongTimeoutMs: number
  /** Longest inbound silence on a transport without protocol pings. */
  readonly silenceMs: number
  /** Uuids remembered. */
  readonly maxRememberedIds: number
  readonly after: string | undefined
}

/** A uuid of version 8 (RFC 9562) is a place in the server's log: it may be asked for what came after it. */
const POSITION = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/** The sessions wire as the engine sees it. Sessions §1 and §2. */
export class SessionsProtocol
  implements ClientProtocol<SessionMessage, SessionMessage, WebSocketFrame, WebSocketFrame>
{
  readonly name = 'sessions'
  readonly codec: typeof sessionsCodec = sessionsCodec
  readonly liveness: Liveness<SessionMessage, SessionMessage>
  readonly retryPolicy: ReturnType<typeof sessionsRetryPolicy>
  readonly #dedupWindow: DedupWindow
  #after: string | undefined
  #read: string | undefined
  #duplicates = 0

  constructor(options: SessionsProtocolOptions) {
    this.liveness = sessionsLiveness(options)
    this.retryPolicy = sessionsRetryPolicy(options)
    this.#dedupWindow = new DedupWindow(options.maxRememberedIds)
    this.#after = options.after
    this.#read = options.after
  }

  /** Usable at once; the server says what it takes in the answer to the upgrade, where that can be read. */
  async handshake(link: HandshakeLink<SessionMessage, SessionMessage>): Promise<HandshakeResult> {
    const first = link.credentials?.firstFrame
    if (first !== undefined) link.send(first)
    return { maxMessageBytes: announcedFrameLimit(link.opening.headers) }
  }

  /** As {@link SessionsProtocol.position}, of the last message that the application is done with. */
  get read(): string | undefined {
    return this.#read
  }

  taken(message: SessionMessage): void {
    const uuid = sessionMessageUuid(message)
    if (uuid !== undefined && POSITION.test(uuid)) this.#read = uuid
  }

  /** Where to go on after a drop; undefined where the server's uuids are no positions. */
  get position(): string | undefined {
    return this.#after
  }

  /** Messages that came a second time and were kept from the application. */
  get duplicates(): number {
    return this.#duplicates
  }

  /** True keeps a message from the application: it came before, or is about the link and nothing else. */
  receive(message: SessionMessage, context: ProtocolContext<SessionMessage>): boolean {
    // That it came is all that it says.
    if (message.type === 'keep_alive') return true
    if (message.type === 'replay_gap') {
      context.gap({ reason: 'reason' in message ? String(message.reason) : 'unknown' })
      return true
    }
    const issue = sessionControlIssue(message)
    if (issue !== undefined) context.report(issue)
    const uuid = sessionMessageUuid(message)
    // A control request that comes again is asked again: control-in knows what to do with it.
    if (uuid === undefined || message.type.startsWith('control_')) return false
    if (!this.#dedupWindow.add(uuid)) {
      this.#duplicates += 1
      return true
    }
    if (POSITION.test(uuid)) this.#after = uuid
    return false
  }
}

/** Protocol pings where the runtime has them, else a bound on silence. Sessions §1. */
function sessionsLiveness(options: SessionsProtocolOptions): Liveness<SessionMessage, SessionMessage> {
  const { pingIntervalMs, pongTimeoutMs, silenceMs } = options
  const pings = transportPing({
    everyMs: pingIntervalMs,
    probeAfterMs: pingIntervalMs,
    pongTimeoutMs,
    // One unanswered ping is enough.
    timeoutMs: pongTimeoutMs,
  })
  const listens = inboundSilence({ timeoutMs: silenceMs })
  return (host) => (host.traits.ping ? pings(host) : listens(host))
}
