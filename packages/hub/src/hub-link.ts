import {
  type AskOptions,
  type Clock,
  Connection,
  type ConnectionEvents,
  type Delivery,
  Requests,
  type SendOptions,
  systemClock,
} from '@holdfast/core'
import { type ClientConnection, ClientLifecycle, engineOptions, type ListenerOf, ownError } from '@holdfast/core/client'
import { randomId, systemRandom } from '@holdfast/core/contract'
import type { RequestLink } from '@holdfast/core/protocol'
import type { HubInitMessage, HubServerMessage } from '@holdfast/protocol/hub'
import { type DialState, KeyHolder, socketTarget } from './dial-target.ts'
import { type HubError, toHubError } from './errors.ts'
import { FreshEntries } from './fresh-entries.ts'
import type { HubOutgoing, HubReady } from './handshake.ts'
import { HubClientRules } from './hub-client-rules.ts'
import { HubProtocol, type HubProtocolOptions } from './hub-protocol.ts'
import { answeredId, classOf, isHydration, ownId, sessionOf } from './message-kinds.ts'
import { Numbering } from './numbering.ts'
import { HUB_DEFAULTS, type HubConnection, type HubEvents, type HubOptions, retryOptions } from './options.ts'
import { Questions, type QuestionsParts } from './questions.ts'
import { Acknowledger, ReadPosition } from './read-position.ts'
import { SessionPosition } from './session-position.ts'

/** Options of a single request. */
export type HubAskOptions = Pick<AskOptions, 'timeoutMs' | 'signal' | 'onDrop' | 'id'>

type Handler = (message: HubServerMessage) => unknown

/**
 * What a client has of its session: the connection, what is known of the session, and how far the application is with it. Its parts
 * ask it itself for what they need: functions made for each client would make an idle one large.
 */
export class HubLink
  implements
    HubProtocolOptions,
    QuestionsParts,
    RequestLink<HubServerMessage, HubOutgoing>,
    ClientConnection<HubServerMessage>,
    ListenerOf<ConnectionEvents>
{
  readonly options: HubOptions
  readonly connection: HubConnection
  readonly events: ClientLifecycle<HubServerMessage, HubError, HubEvents>
  readonly position: SessionPosition
  readonly read: ReadPosition
  readonly questions: Questions
  readonly numbering: Numbering = new Numbering()
  patterns: readonly string[]
  init: HubInitMessage | undefined
  /** The hub's, once it sent one; until then the one that was given. */
  sessionId: string | undefined
  /** Entries of events before this one are not in the newest hydration. */
  earlier: number | undefined
  readonly #key: KeyHolder
  readonly #protocol: HubProtocol
  readonly #acks: Acknowledger
  readonly #entries = new FreshEntries()
  readonly #instance: string
  #requests: Requests<HubServerMessage, HubOutgoing> | undefined
  /** Of the requests: whether a message answers one. */
  #isAnswer: ((message: HubServerMessage) => boolean) | undefined
  #announced = false

  constructor(options: HubOptions) {
    this.options = options
    this.patterns = options.subscribe ?? []
    this.sessionId = options.sessionId || undefined
    this.position = new SessionPosition(options.after)
    this.read = new ReadPosition(this.position, this)
    this.#instance = randomId(options.random ?? systemRandom, 16)
    this.#key = new KeyHolder(options, placeOfToken(options))
    this.#protocol = new HubProtocol(this)
    this.questions = new Questions(this)
    this.#acks = new Acknowledger(this.clock, this.read, this.#protocol)
    this.connection = this.#newConnection()
    this.connection.listen(this)
    this.events = new ClientLifecycle<HubServerMessage, HubError, HubEvents>(
      this,
      new HubClientRules(this, options.logger),
    )
    this.connection.intercept((message) => this.#takes(message))
    this.connection.listen(this.questions)
    this.events.listen(options)
  }

  send(message: HubOutgoing, options: SendOptions = {}): Delivery {
    if (message.type === 'subscribe' && Array.isArray(message.patterns)) this.patterns = message.patterns
    // It may be the answer to a question.
    if ('id' in message && typeof message.id === 'string') this.questions.settle(message.id)
    return this.connection.send(message, { id: ownId(message), delivery: classOf(message), ...options })
  }

  /** Asks and waits for the answer. @throws a {@link HubError}, or the signal's reason */
  async ask(build: (id: string) => HubOutgoing, options: HubAskOptions = {}): Promise<HubServerMessage> {
    const delivery = options.onDrop === 'carry' ? 'ordered' : 'once'
    let asked = ''
    const named = (id: string): HubOutgoing => {
      asked = id
      this.numbering.asks(id)
      return build(id)
    }
    try {
      this.#requests ??= new Requests(this, { answers: answeredId, clock: this.clock })
      return await this.#requests.ask(named, { ...options, delivery })
    } catch (error) {
      throw ownError(error, options.signal, (failed) => this.failure(failed))
    } finally {
      this.numbering.answered(asked)
    }
  }

  failure(error: unknown): HubError {
    return toHubError(error, this.sessionId)
  }

  // ---- the connection, as requests and events see it --------------------------------------------

  acked(ids: Iterable<string>): void {
    this.connection.acked(ids)
  }

  /** Of the requests: they have their place among the steps of {@link HubLink.#takes}. */
  intercept(isAnswer: (message: HubServerMessage) => boolean): () => void {
    this.#isAnswer = isAnswer
    return () => {
      this.#isAnswer = undefined
    }
  }

  expect(blocked: () => void): () => void {
    return this.connection.expect(blocked)
  }

  on<Name extends keyof ConnectionEvents>(
    name: Name,
    listener: (event: ConnectionEvents<HubReady | undefined>[Name]) => unknown,
  ): () => void {
    return this.connection.on(name, listener)
  }

  listen(listener: ListenerOf<ConnectionEvents>): void {
    this.connection.listen(listener)
  }

  handle(handler: Handler | undefined): void {
    this.connection.handle(handler && ((message) => this.#give(message, handler)))
  }

  get unread(): number {
    return this.connection.unread
  }

  // ---- what the protocol asks -------------------------------------------------------------------

  get role(): HubProtocolOptions['role'] {
    return this.options.role ?? HUB_DEFAULTS.role
  }

  get clock(): Clock {
    return this.options.clock ?? systemClock
  }

  get validate(): boolean {
    return this.options.validate ?? true
  }

  get refreshable(): boolean {
    return typeof this.options.token === 'function'
  }

  get pings(): HubProtocolOptions['pings'] {
    const { liveness } = this.options
    return {
      intervalMs: liveness?.intervalMs ?? HUB_DEFAULTS.livenessIntervalMs,
      timeoutMs: liveness?.timeoutMs ?? HUB_DEFAULTS.livenessTimeoutMs,
    }
  }

  key(): string {
    return this.#key.key
  }

  filtered(): boolean {
    return this.role !== 'observer' || this.patterns.some((pattern) => pattern !== '*')
  }

  doubts(which: (id: string) => boolean): void {
    this.#requests?.doubt(which)
  }

  accepted(): void {
    this.#announce()
  }

  progress(): void {
    this.#acks.progress()
  }

  active(): boolean {
    return this.position.active
  }

  refused(error: HubError): void {
    this.events.report(error)
  }

  #newConnection(): HubConnection {
    const { options } = this
    return new Connection({
      ...engineOptions(options),
      protocol: options.wire ?? this.#protocol,
      credentials: (context) => this.#key.credentials(context),
      target: (context) => socketTarget(options, context, this.#dialState(), this.#key),
      retry: retryOptions(options.retry),
      // The bound in bytes is the engine's own default.
      outbox: options.queue,
    })
  }

  // ---- what comes -------------------------------------------------------------------------------

  /** Returns when async listeners are done with it. */
  #give(message: HubServerMessage, handler: Handler): unknown {
    if (!isHydration(message)) return handler(message)
    const fresh = this.#entries.of(message.entries)
    const hydrated = this.events.emit('hydration', { hydration: message, fresh })
    const given = handler(message)
    return hydrated === undefined ? given : Promise.all([hydrated, given])
  }

  /** The steps before the application, in order. True: it does not get the message. */
  #takes(message: HubServerMessage): boolean {
    // The answer to a request is done with as soon as it is there.
    if (answeredId(message) !== undefined) this.#acks.progress()
    return this.#isAnswer?.(message) === true || this.#sees(message)
  }

  #sees(message: HubServerMessage): boolean {
    this.sessionId ??= sessionOf(message)
    if (isHydration(message)) this.earlier = message.earlier
    return message.type !== 'broadcast' && this.questions.take(message)
  }

  // ---- the connection ---------------------------------------------------------------------------

  #dialState(): DialState {
    return {
      sessionId: this.sessionId,
      patterns: this.patterns,
      after: this.position.format(),
      instance: this.#instance,
      isFresh: !this.numbering.hasNumbered,
    }
  }

  /** Once for every connection, before its first message. */
  #announce(): void {
    if (this.#announced) return
    this.#announced = true
    this.#protocol.opened()
    this.#acks.restart()
    const init = this.connection.ready?.init
    this.init = init
    if (init?.sessionId !== undefined) this.sessionId = init.sessionId
    if (init !== undefined) this.events.emit('init', init)
  }

  status({ status, previous }: ConnectionEvents['status']): void {
    if (status.state === 'open' && previous.state !== 'open') this.#announce()
  }

  dropped(): void {
    this.#announced = false
    this.#acks.stop()
    this.#protocol.dropped()
  }
}

/** Browsers send no headers: there the token goes where it went before there were any. */
function placeOfToken({ tokenIn = 'frame', transport }: HubOptions): 'frame' | 'header' | 'url' {
  return tokenIn === 'header' && !transport.traits.requestHeaders ? 'frame' : tokenIn
}
