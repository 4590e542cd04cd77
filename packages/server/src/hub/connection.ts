import { createHash } from 'node:crypto'
import type { ChannelEnd, WebSocketChannel, WebSocketFrame } from '@holdfast/contract'
import {
  type HubInitMessage,
  type HubKnownClientMessage,
  type HubPresenceMessage,
  type HubRequest,
  type HubServerMessage,
  hubEventCategory,
  hubMessageId,
} from '@holdfast/protocol/hub'
import { RESTART_CLOSE, spreadReason } from '../drain.ts'
import type { Principal } from '../endpoint.ts'
import type { AppendResult, Gap } from '../log/index.ts'
import type { HubContext } from './context.ts'
import type { Delivery } from './delivery.ts'
import { asHubError, type HubError } from './errors.ts'
import { type EventFilter, eventFilter, passesPresence } from './filters.ts'
import { hydrationText } from './hydration.ts'
import { type DriverMessage, type Inbound, readInbound } from './inbound.ts'
import type { Start } from './joining.ts'
import type { Participant } from './presence.ts'
import { type HubRecord, TO_CONTROLLERS, TO_DRIVER } from './records.ts'
import type { Candidate } from './roles.ts'
import type { Member, Room } from './room.ts'
import { refusalOf } from './routing.ts'
import { type Sink, Subscription } from './subscription.ts'

/** Somebody whom the hub let in. */
export interface ConnectionParts {
  readonly id: string
  readonly channel: WebSocketChannel
  readonly context: HubContext
  readonly room: Room
  readonly principal: Principal
  readonly role: Participant['role']
  readonly filter: EventFilter
  readonly start: Start
  /** The client speaks the resume extension (hub §11). */
  readonly resumes: boolean
  readonly isDriver: boolean
  readonly metadata: Readonly<Record<string, unknown>>
  /** Called once, when the connection has ended. */
  readonly ended: () => void
}

/** How long a client that sends too fast is not read. */
const FLOW_PAUSE_MS = 50

/** What an effect of a message is about. */
interface Effect {
  readonly message: object
  readonly frame: string
  readonly append: (origin: {
    readonly scope: string
    readonly key?: string | undefined
    readonly fence?: number | undefined
    readonly fp: string
  }) => Promise<AppendResult> | undefined
  /** It is in the log, now or before. */
  readonly done?: ((isDuplicate: boolean) => Promise<void>) | undefined
  /** Parts the ids of answers from those of other messages. */
  readonly idSpace?: string | undefined
}

/** A participant over WebSocket: its frames in, its part of the session's log out. */
export class Connection implements Sink, Member, Candidate {
  readonly subscription: Subscription
  readonly #parts: ConnectionParts
  readonly #channel: WebSocketChannel
  readonly #room: Room
  readonly #participant: { -readonly [K in keyof Participant]: Participant[K] }
  #fence: number | undefined
  #acked: string[] = []
  #settling: Promise<void> = Promise.resolve()
  #pending = 0
  #pendingBytes = 0
  #isPaused = false
  #isWaiting = false
  #isOpen = true
  #heardAt: number
  #movedAt: number
  #lastBuffered = 0
  #budget: number
  #budgetAt: number
  /** The last number whose processing the client confirmed. */
  #confirmed = 0

  constructor(parts: ConnectionParts) {
    const { context, room, role, start, filter } = parts
    this.#parts = parts
    this.#channel = parts.channel
    this.#room = room
    this.#heardAt = context.clock.now()
    this.#movedAt = this.#heardAt
    this.#budgetAt = this.#heardAt
    this.#budget = context.limits.messagesPerSecond
    const epoch = context.clock.epoch()
    this.#participant = {
      id: parts.id,
      role,
      transport: 'ws',
      subscriptions: filter.patterns,
      connectedAt: epoch,
      lastActivity: epoch,
      metadata: parts.metadata,
    }
    this.subscription = new Subscription({
      feed: room,
      sink: this,
      limits: context.limits,
      audience: { role, scope: start.lineage, isDriver: parts.isDriver },
      filter,
      after: start.after,
      anchor: start.anchor,
    })
  }

  get instance(): string {
    return this.#parts.start.lineage
  }

  get bufferedBytes(): number {
    return this.#channel.bufferedBytes
  }

  drained(signal: AbortSignal): Promise<void> {
    return this.#channel.drained(signal)
  }

  /** Becomes the lead. @throws HubError */
  async lead(): Promise<void> {
    this.#fence = await this.#room.seat.claim(this)
    if (!this.#isOpen) this.#room.seat.leave(this)
  }

  /** Tells the client that it is in, and starts its stream. */
  open(init: HubInitMessage): void {
    const { role, start, context, resumes } = this.#parts
    if (!this.#isOpen) return
    this.#send(init)
    if (role === 'observer' && start.isFresh) this.#hydrate()
    this.#room.join(this)
    this.subscription.start()
    if (role === 'lead') this.#room.router.leadCame()
    this.#room.presence.join(this.#participant)
    context.metrics.joined(role, 'ws', resumes && !start.isFresh)
  }

  frame(frame: WebSocketFrame): void {
    const { context } = this.#parts
    this.#heardAt = context.clock.now()
    this.#budget--
    this.#participant.lastActivity = context.clock.epoch()
    context.metrics.received(frame.length)
    const inbound = readInbound(frame)
    this.#handle(inbound, typeof frame === 'string' ? frame : '')
    this.#flow()
  }

  pong(): void {
    this.#heardAt = this.#parts.context.clock.now()
  }

  closed(_end: ChannelEnd): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    const room = this.#room
    room.leave(this)
    if (room.seat.leave(this)) room.router.leadLeft(this.subscription.at)
    room.presence.leave(this.#participant)
    this.#parts.ended()
  }

  deliver(delivery: Delivery, previous: number): void {
    const { resumes, context } = this.#parts
    const text = resumes ? delivery.stamped(previous, this.subscription.filter.narrows) : delivery.plain
    this.#channel.send(text)
    context.metrics.delivered(text.length)
  }

  live(seq: number, anchor: string): void {
    if (this.#parts.resumes) this.#send(withAnchor({ type: 'live', seq }, anchor))
  }

  mark(seq: number, anchor: string): void {
    if (this.#parts.resumes) this.#send(withAnchor({ type: 'mark', seq }, anchor))
  }

  async gap({ from, to, reason }: Gap): Promise<void> {
    await this.#parts.context.gate.pass(this.#room.fold.entries.length)
    if (this.#parts.resumes) this.#send({ type: 'gap', from, to, reason })
    this.subscription.jump(this.#room.head, this.#room.anchor)
    this.#hydrate()
    this.#parts.context.metrics.gap(reason)
  }

  fail(error: HubError): void {
    this.refuse(error)
  }

  ended(error: HubError): void {
    this.refuse(error)
  }

  replaced(error: HubError): void {
    this.refuse(error)
  }

  presence(message: HubPresenceMessage, text: string): void {
    if (passesPresence(this.subscription.filter, message.event)) this.#channel.send(text)
  }

  /** Every so often: is the client still there? And where filters skipped, the head. */
  check(): void {
    const { clock, limits } = this.#parts.context
    const now = clock.now()
    const buffered = this.#channel.bufferedBytes
    if (buffered < this.#lastBuffered || buffered === 0) this.#movedAt = now
    this.#lastBuffered = buffered
    // A peer that takes what it is sent, however slowly, gets to our ping late.
    const silent = buffered === 0 && !this.#isPaused && now - this.#heardAt > limits.silenceMs
    if (silent || now - this.#movedAt > limits.stalledMs) this.#channel.terminate()
    else if (this.#channel.traits.ping) this.#channel.ping()
  }

  mention(): void {
    this.subscription.mark()
  }

  refuse(error: HubError): void {
    this.#parts.context.metrics.refused(error.code)
    this.#close(error.closeCode, error.message)
  }

  drain(spreadMs: number): void {
    this.#flushAcks()
    this.#close(RESTART_CLOSE, spreadReason(spreadMs))
  }

  #close(code: number, reason: string): void {
    this.subscription.stop()
    this.#channel.close(code, reason)
  }

  #send(message: HubServerMessage): void {
    this.#channel.send(JSON.stringify(message))
  }

  #hydrate(): void {
    const { resumes } = this.#parts
    const { at, anchor } = this.subscription
    const isExact = at === this.#room.head
    const text = hydrationText(this.#room, 'session_hydration', resumes && isExact ? { seq: at, anchor } : undefined)
    this.#channel.send(text)
    this.#parts.context.gate.sent(text.length, this.#channel.drained())
  }

  #handle(inbound: Inbound, frame: string): void {
    switch (inbound.kind) {
      case 'issue':
        return this.#protest('invalid_message', inbound.issue, inbound.id)
      case 'unknown':
        return this.#protest('unknown_type', 'message.type: not known to this hub')
      case 'answer':
        return this.#answer(inbound.message, frame)
      case 'driver':
        return this.#driver(inbound.message, frame)
      default:
        return this.#client(inbound.message, frame)
    }
  }

  #client(message: HubKnownClientMessage, frame: string): void {
    // A second bootstrap frame changes nothing: whoever is in, is in.
    if (message.type === undefined) return
    switch (message.type) {
      case 'ping':
        return this.#send({
          type: 'pong',
          timestamp: this.#parts.context.clock.epoch(),
          echoedTimestamp: message.timestamp,
        })
      case 'ack':
        this.#confirmed = Math.max(this.#confirmed, message.seq)
        return
      case 'subscribe':
        return this.#subscribe(message.patterns, message)
      case 'bootstrap_ready':
        if (this.#parts.role === 'observer') return this.#forbid(message)
        return this.#bootstrap(message)
      case 'event':
      case 'tool':
      case 'command':
        return this.#request(message, frame)
      case 'session_entry':
      case 'session_write':
        return this.#file(message, frame)
      default:
        return this.#toDriver(message, frame)
    }
  }

  #bootstrap(message: object): void {
    const { gate } = this.#parts.context
    gate.pass(this.#room.fold.entries.length).then(
      () => {
        this.#hydrate()
        this.#ack(message)
      },
      (error: unknown) => this.refuse(asHubError(error)),
    )
  }

  #subscribe(patterns: readonly string[], message: object): void {
    const made = eventFilter(patterns, this.#parts.context.limits)
    if (!made.ok) return this.#protest('invalid_message', made.issue, hubMessageId(message))
    this.subscription.filter = made.filter
    this.#participant.subscriptions = made.filter.patterns
    this.#room.presence.update(this.#participant)
    this.#ack(message)
  }

  #request(message: HubRequest, frame: string): void {
    const { role, context } = this.#parts
    if (role === 'observer') return this.#forbid(message)
    if (message.type === 'event' && message.event.length > context.limits.maxIdLength) {
      return this.#protest('invalid_message', `message(event).event: at most ${context.limits.maxIdLength} characters`)
    }
    if (role === 'controller') return this.#ask(message, frame)
    const record = (from: string, fp: string): HubRecord =>
      message.type === 'event'
        ? { t: 'event', event: message.event, data: message.data, category: hubEventCategory(message.event), from, fp }
        : { t: 'call', message: { ...message }, from, fp }
    this.#effect({
      message,
      frame,
      append: (origin) => this.#room.append(record(origin.scope, origin.fp), origin),
      done: (isDuplicate) => this.#respond(message, isDuplicate),
    })
  }

  /** A controller's request: to the lead. */
  #ask(message: HubRequest, frame: string): void {
    const { router } = this.#room
    this.#effect({
      message,
      frame,
      append: (origin) => router.request({ ...message }, message.id, origin),
      done: async (isDuplicate) => {
        const known = isDuplicate ? await router.known(this.instance, message.id) : undefined
        if (known !== undefined) this.#send(known)
      },
    })
  }

  /** The hub's answer to a lead's request, once that is in the log. */
  async #respond(message: HubRequest, isDuplicate: boolean): Promise<void> {
    const { role, principal } = this.#parts
    const room = this.#room
    const known = isDuplicate ? await room.router.known(this.instance, message.id) : undefined
    if (known !== undefined) return this.#send(known)
    const request = {
      sessionId: room.sessionId,
      principal,
      role: role === 'lead' ? role : 'sub_agent',
      message,
    } as const
    const actions = room.hasHandlers ? await room.answers.ask(request, this.instance) : undefined
    if (actions === undefined) this.#send({ id: message.id, actions: [{ action: 'ACK' }] })
  }

  #answer(message: Extract<Inbound, { kind: 'answer' }>['message'], frame: string): void {
    if (this.#parts.role !== 'lead') return this.#forbid(message)
    const { router } = this.#room
    this.#effect({
      message,
      frame,
      idSpace: 'answer',
      append: (origin) => router.answer(message.id, message.actions, origin),
    })
  }

  #driver(message: DriverMessage, frame: string): void {
    if (!this.#parts.isDriver) return this.#forbid(message)
    const { router } = this.#room
    const to = message.type === 'rpc_response' ? router.commander(message.response) : TO_CONTROLLERS
    const idSpace = message.type === 'rpc_ui_request' ? 'ui' : undefined
    this.#effect({ message, frame, idSpace, append: (origin) => router.rpc(to, { ...message }, origin) })
  }

  #toDriver(message: Extract<HubKnownClientMessage, { type: 'rpc_command' | 'rpc_ui_response' }>, frame: string): void {
    if (this.#parts.role !== 'controller') return this.#forbid(message)
    const { router } = this.#room
    const idSpace = message.type === 'rpc_ui_response' ? 'ui' : undefined
    this.#effect({ message, frame, idSpace, append: (origin) => router.rpc(TO_DRIVER, { ...message }, origin) })
  }

  #file(message: Extract<HubKnownClientMessage, { type: 'session_entry' | 'session_write' }>, frame: string): void {
    const { role, context } = this.#parts
    const { path } = message
    if (role !== 'lead' && role !== 'sub_agent') return this.#forbid(message)
    if (path === '' || path.length > context.limits.maxIdLength) {
      return this.#protest('invalid_message', `path: expected 1 to ${context.limits.maxIdLength} characters`)
    }
    const op = message.type === 'session_write' ? 'write' : 'append'
    const text = message.type === 'session_write' ? message.content : `${message.line}\n`
    if (!this.#room.fold.hasRoomFor(path, op, text.length)) {
      return this.#protest('file_too_large', 'The session files are full.', hubMessageId(message))
    }
    this.#effect({
      message,
      frame,
      append: ({ scope, fp, ...how }) => this.#room.appendFile({ t: 'file', path, op, text, from: scope, fp }, how),
    })
  }

  /** Brings a message's effect into the log; then, and only then, it is acknowledged. */
  #effect(effect: Effect): void {
    const { message, frame, idSpace = 'm' } = effect
    const { resumes, context } = this.#parts
    const id = hubMessageId(message)
    if (id !== undefined && id.length > context.limits.maxIdLength) {
      return this.#protest('invalid_message', `id: at most ${context.limits.maxIdLength} characters`)
    }
    const fp = createHash('sha1').update(frame).digest('base64').slice(0, 16)
    const key = resumes && id !== undefined ? `${this.instance} ${idSpace} ${id}` : undefined
    const fence = this.#parts.role === 'lead' ? this.#fence : undefined
    const appended = effect.append({ scope: this.instance, key, fence, fp })
    if (appended === undefined) return this.#protest('unknown_request', 'No request waits for this answer.', id)
    this.#pending++
    this.#pendingBytes += frame.length
    const before = this.#settling
    this.#settling = appended
      .then(async (result) => {
        // A duplicate takes a look at the log: what came after it waits, so that acknowledgements keep their order.
        await before
        await this.#settled(effect, result, fp)
      })
      .catch((error: unknown) => this.#failed(asHubError(error), message))
      .finally(() => {
        this.#pending--
        this.#pendingBytes -= frame.length
        this.#flow()
      })
  }

  async #settled(effect: Effect, result: AppendResult, fp: string): Promise<void> {
    const { message, done } = effect
    const refusal = refusalOf(result)
    if (refusal !== undefined) return this.#failed(refusal, message)
    const isDuplicate = result.outcome === 'duplicate'
    if (isDuplicate) {
      const original = await this.#room.original(result)
      if (original?.fp !== undefined && original.fp !== fp) {
        return this.#protest('id_reused', 'This id was used for another message.', hubMessageId(message))
      }
    }
    this.#ack(message)
    // Not awaited: somebody may take a while to decide.
    done?.(isDuplicate).catch((error: unknown) => this.#failed(asHubError(error), message))
  }

  #failed(error: HubError, message: object): void {
    if (error.code === 'hub/too_large' || error.code === 'hub/bad_request') {
      return this.#protest(
        error.code === 'hub/too_large' ? 'too_large' : 'invalid_message',
        error.message,
        hubMessageId(message),
      )
    }
    // What was not acknowledged is sent again, in order, on the next connection.
    this.refuse(error)
  }

  #ack(message: object): void {
    const id = this.#parts.resumes ? hubMessageId(message) : undefined
    if (id === undefined) return
    this.#acked.push(id)
    if (this.#acked.length === 1) setImmediate(() => this.#flushAcks())
  }

  #flushAcks(): void {
    if (this.#acked.length === 0) return
    const ids = this.#acked
    this.#acked = []
    this.#send({ type: 'acked', ids })
  }

  #forbid(message: object): void {
    this.#protest('forbidden_message', `A ${this.#parts.role} may not send this.`, hubMessageId(message))
  }

  #protest(code: string, message: string, id?: string | undefined): void {
    const { context } = this.#parts
    context.metrics.protested(code)
    const told = { type: 'protocol_error', code, message, sessionId: this.#room.sessionId } as const
    this.#send({ ...told, timestamp: context.clock.epoch(), ...(id === undefined ? {} : { id }) })
  }

  /** Reads no faster than effects reach the log, answers leave, and the message rate allows. */
  #flow(): void {
    const { limits, clock } = this.#parts.context
    if (!this.#isOpen) return
    const now = clock.now()
    const refill = ((now - this.#budgetAt) / 1000) * limits.messagesPerSecond
    this.#budget = Math.min(limits.messagesPerSecond, this.#budget + refill)
    this.#budgetAt = now
    const waitsForLog = this.#pending >= limits.maxPendingAppends || this.#pendingBytes >= limits.maxPendingAppendBytes
    const waitsForSocket = this.#channel.bufferedBytes > 2 * limits.socketHighBytes
    if (!waitsForLog && !waitsForSocket && this.#budget > 0) return this.#unpause()
    if (!this.#isPaused) this.#channel.pause()
    this.#isPaused = true
    // What waits for the log comes here again with the next effect.
    if (waitsForLog || this.#isWaiting) return
    this.#isWaiting = true
    const again = (): void => {
      this.#isWaiting = false
      this.#flow()
    }
    if (waitsForSocket) this.#channel.drained().then(again, again)
    else clock.after(FLOW_PAUSE_MS, again)
  }

  #unpause(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#heardAt = this.#parts.context.clock.now()
    this.#channel.resume()
  }
}

/** Closes a channel that was never let in. */
export function refuseChannel(channel: WebSocketChannel, error: HubError): void {
  channel.close(error.closeCode, error.message)
}

function withAnchor<T extends { readonly type: 'live' | 'mark'; readonly seq: number }>(message: T, anchor: string): T {
  return anchor === '' ? message : { ...message, anchor }
}
