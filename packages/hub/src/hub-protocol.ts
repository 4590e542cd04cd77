import {
  type ClientProtocol,
  type Clock,
  type HandshakeResult,
  messagePing,
  type ProtocolContext,
  type Timer,
  type WebSocketFrame,
} from '@holdfast/core'
import type { LivenessHost, LivenessRule, LivenessWatch } from '@holdfast/core/contract'
import { SENTENCES } from '@holdfast/core/words'
import {
  type HubGapMessage,
  type HubResumeOffer,
  type HubServerMessage,
  type HubStamp,
  hubClientCodec,
  hubClientTrustingCodec,
  hubMessageId,
  readHubStamp,
} from '@holdfast/protocol/hub'
import { HubError } from './errors.ts'
import { type HubOutgoing, type HubReady, hubHandshake } from './handshake.ts'
import { SettlingCodec } from './message-kinds.ts'
import type { Numbering } from './numbering.ts'
import { HUB_DEFAULTS } from './options.ts'
import type { ReadPosition } from './read-position.ts'
import { hubRetryPolicy } from './retry-policy.ts'
import type { SessionPosition } from './session-position.ts'

/** A server that knows of more than came is given this long to send it. In milliseconds. */
export const HUB_STALL_MS = 2_000

/** Questions that are remembered: a hub repeats far fewer. */
const MAX_ASKED = 256

/** Nothing was forgotten, and messages are as the hub wants them. */
const KNOWN = { forgotten: false, restamp: false } as const

/** What the protocol needs of its client. */
export interface HubProtocolOptions {
  readonly role: 'lead' | 'controller' | 'observer'
  readonly clock: Clock
  /** Silence before a `ping`, and before the link is dead. In milliseconds. */
  readonly pings: { readonly intervalMs: number; readonly timeoutMs: number }
  /** `false`: only the outline of messages is checked. */
  readonly validate: boolean
  /** Credentials can be asked for again. */
  readonly refreshable: boolean
  readonly position: SessionPosition
  /** Not every event is for us: because of a filter, or of the role. */
  readonly filtered: () => boolean
  /** The key of the newest attempt. */
  readonly key: () => string
  readonly numbering: Numbering
  /** Requests that were sent, and whose outcome is unknown. */
  readonly doubts: (which: (id: string) => boolean) => void
  /** A connection is accepted; nothing was delivered yet. */
  readonly accepted: () => void
  readonly read: ReadPosition
  /** The application is done with one more message. */
  readonly progress: () => void
  /** The hub will not take a message of ours. */
  readonly refused: (error: HubError) => void
}

/** The hub's wire as the engine sees it: handshake, liveness by `ping`, resume extension, retry policy. Hub §2–§5, §11. */
export class HubProtocol
  implements ClientProtocol<HubServerMessage, HubOutgoing, WebSocketFrame, WebSocketFrame, HubReady>
{
  readonly name = 'hub'
  readonly codec: ClientProtocol<HubServerMessage, HubOutgoing>['codec']
  readonly delivery: Numbering
  readonly retryPolicy: NonNullable<ClientProtocol<HubServerMessage, HubOutgoing>['retryPolicy']>
  readonly #options: HubProtocolOptions
  readonly #position: SessionPosition
  #context: ProtocolContext<HubOutgoing> | undefined
  /** Numbers of the driver's questions that the application was asked. */
  #asked: Set<number> | undefined
  #memory: { readonly forgotten: boolean; readonly restamp: boolean } = KNOWN
  #stall: Timer | undefined

  constructor(options: HubProtocolOptions) {
    this.#options = options
    this.#position = options.position
    this.codec = new SettlingCodec(options.validate ? hubClientCodec : hubClientTrustingCodec, options.numbering)
    this.delivery = options.numbering
    this.retryPolicy = hubRetryPolicy(options.refreshable)
  }

  liveness(host: LivenessHost<HubOutgoing>): LivenessWatch<HubServerMessage> {
    const { intervalMs, timeoutMs } = this.#options.pings
    const isUsual = intervalMs === HUB_DEFAULTS.livenessIntervalMs && timeoutMs === HUB_DEFAULTS.livenessTimeoutMs
    return (isUsual ? USUAL_PINGS : pingsOf(intervalMs, timeoutMs))(host)
  }

  handshake(link: Parameters<typeof hubHandshake>[0]): Promise<HubReady> {
    return hubHandshake(link, { role: this.#options.role, adopt: (offer) => this.#adopt(offer) })
  }

  /** True keeps a message from the application: the extension's own, and what came before. */
  receive(message: HubServerMessage, context: ProtocolContext<HubOutgoing>): boolean {
    this.#context = context
    this.#options.accepted()
    if (!this.#position.active) return false
    const stamp = readHubStamp(message)
    if (message.type !== 'broadcast') {
      const kept = this.#control(message, stamp, context)
      if (kept !== undefined) return kept
    }
    return stamp !== undefined && this.#event(message, stamp, context)
  }

  /** The application is done with it. */
  taken(message: HubServerMessage): void {
    if (!this.#position.active) return
    this.#options.read.taken(readHubStamp(message)?.seq)
    this.#options.progress()
  }

  /** In band: the connection continues under the newer key. Hub §11. */
  renew(_credentials: unknown, context: ProtocolContext<HubOutgoing>): void {
    context.send({ type: 'auth.renew', authorization: this.#options.key() })
  }

  /** Reports to the server what the application has processed. */
  confirm(seq: number): void {
    this.#context?.send({ type: 'ack', seq })
  }

  /** A connection was made of what the handshake found. */
  opened(): void {
    this.#memory = KNOWN
  }

  /** The connection is gone. */
  dropped(): void {
    this.#context = undefined
    this.#stall?.cancel()
    this.#stall = undefined
  }

  #adopt(offer: HubResumeOffer | undefined): HandshakeResult {
    this.#options.read.begins(offer?.epoch)
    const gap = this.#position.begin(offer, this.#options.filtered())
    if (offer?.resumed !== true) this.#asked = undefined
    this.#compare(offer)
    if (offer === undefined) return { acks: false, gap, ...this.#memory }
    const maxMessageBytes = offer.limits?.maxFrameBytes
    return { acks: true, resumed: offer.resumed, epoch: offer.epoch, gap, maxMessageBytes, ...this.#memory }
  }

  /** What the hub still knows of what was sent; where it does not, nothing is sent again. */
  #compare(offer: HubResumeOffer | undefined): void {
    const { numbering } = this.#options
    const { sender } = offer ?? {}
    const forgotten = numbering.isOn && sender?.known !== true
    const isOther = numbering.isOn !== (sender !== undefined)
    // It holds until a connection was made of it: the attempt may fail yet.
    this.#memory = {
      forgotten: forgotten || this.#memory.forgotten,
      restamp: forgotten || isOther || this.#memory.restamp,
    }
    numbering.isOn = sender !== undefined
    if (forgotten) numbering.hasNumbered = false
    if (forgotten || offer?.resumed === false) this.#options.doubts(() => true)
    else if (sender !== undefined) this.#options.doubts((id) => numbering.isGone(id, sender))
  }

  #control(
    message: HubServerMessage,
    place: HubStamp | undefined,
    context: ProtocolContext<HubOutgoing>,
  ): boolean | undefined {
    switch (message.type) {
      case 'acked':
        if (!Array.isArray(message.ids)) return undefined
        this.#options.numbering.acked(message.ids)
        context.acked({ ids: message.ids })
        return true
      case 'live':
        if (place !== undefined) this.#position.live(place)
        return true
      case 'mark':
        if (place !== undefined) this.#watchFor(this.#position.mark(place))
        return true
      case 'auth.expiring':
        if (!this.#options.refreshable) return false
        context.renew()
        return true
      case 'auth.renewed':
        return true
      case 'protocol_error':
        this.#refusal(hubMessageId(message), message.code, message.message, context)
        return false
      case 'gap':
        if (!isGap(message)) return false
        this.#position.hole(message)
        context.gap({ from: message.from, to: message.to, reason: message.reason })
        return true
      case 'session_hydration':
        if (place !== undefined) this.#position.snapshot(place)
        return false
      case 'rpc_ui_request':
        return typeof message.again === 'number' ? !this.#asks(message.again) : undefined
      default:
        return undefined
    }
  }

  #event(message: HubServerMessage, stamp: HubStamp, context: ProtocolContext<HubOutgoing>): boolean {
    this.#options.read.settle()
    const arrival = this.#position.take(stamp)
    switch (arrival.kind) {
      case 'duplicate':
        return !this.#isAwaited(message)
      case 'replay':
        context.fail(new HubError('hub/connection_error', SENTENCES && 'Events are missing; asking for them again.'))
        return true
      case 'gap':
        context.gap(arrival.gap)
        break
      case 'deliver':
        break
    }
    if (message.type === 'rpc_ui_request') this.#asks(stamp.seq)
    return false
  }

  /** False where the application was asked this before. */
  #asks(seq: number): boolean {
    this.#asked ??= new Set()
    const asked = this.#asked
    if (asked.has(seq)) return false
    if (asked.size >= MAX_ASKED) for (const oldest of asked.keys()) if (asked.delete(oldest)) break
    asked.add(seq)
    return true
  }

  /** Our hub names the message that it does not take; sent again it would not be taken either. */
  #refusal(id: string | undefined, code: unknown, text: unknown, context: ProtocolContext<HubOutgoing>): void {
    if (id === undefined) return
    const details = { serverCode: String(code), serverMessage: String(text), ids: [id] }
    const error = new HubError(
      'hub/message_refused',
      SENTENCES ? `The hub refused a message: ${details.serverMessage}` : details.serverMessage,
      details,
    )
    context.refused([id], error)
    this.#options.refused(error)
  }

  /** A stored answer to a request that was sent again may be older than where we are. */
  #isAwaited(message: HubServerMessage): boolean {
    const id = message.type === undefined ? hubMessageId(message) : undefined
    return id !== undefined && this.#options.numbering.awaits(id)
  }

  /** This should have come: unless it comes soon, the stream is stuck. */
  #watchFor(seq: number | undefined): void {
    if (seq === undefined) return
    this.#stall ??= this.#options.clock.after(HUB_STALL_MS, () => {
      this.#stall = undefined
      if (this.#position.seq >= seq) return
      this.#context?.fail(new HubError('hub/connection_error', SENTENCES && 'The hub has more events than it sends.'))
    })
  }
}

function isGap(message: HubServerMessage): message is HubGapMessage {
  return message.type === 'gap' && typeof message['from'] === 'number' && typeof message['reason'] === 'string'
}

function pingsOf(intervalMs: number, timeoutMs: number): LivenessRule<HubServerMessage, HubOutgoing> {
  return messagePing(
    { ping: (_nonce, timestamp) => ({ type: 'ping', timestamp }), isPong: ({ type }) => type === 'pong' },
    { probeAfterMs: intervalMs, timeoutMs },
  )
}

/** Shared by all clients that set nothing else. */
const USUAL_PINGS = /* @__PURE__ */ pingsOf(HUB_DEFAULTS.livenessIntervalMs, HUB_DEFAULTS.livenessTimeoutMs)
