import { type AskOptions, Connection, type Delivery, Requests, type SendOptions, systemClock } from '@holdfast/core'
import { ClientLifecycle, engineOptions, ownError } from '@holdfast/core/client'
import { randomId, systemRandom } from '@holdfast/core/contract'
import type { HubInitMessage, HubServerMessage } from '@holdfast/protocol/hub'
import { Acknowledger } from './acknowledger.ts'
import { type DialState, KeyHolder, socketTarget } from './dial-target.ts'
import { type HubError, hubProblem, toHubError } from './errors.ts'
import { FreshEntries } from './fresh-entries.ts'
import type { HubOutgoing } from './handshake.ts'
import { HubProtocol } from './hub-protocol.ts'
import { answeredId, classOf, isHydration, ownId, sessionOf } from './message-kinds.ts'
import { Numbering } from './numbering.ts'
import { HUB_DEFAULTS, type HubConnection, type HubEvents, type HubOptions, retryOptions } from './options.ts'
import { Questions } from './questions.ts'
import { ReadPosition } from './read-position.ts'
import { SessionPosition } from './session-position.ts'

/** Options of a single request. */
export type HubAskOptions = Pick<AskOptions, 'timeoutMs' | 'signal' | 'onDrop' | 'id'>

type Handler = ((message: HubServerMessage) => unknown) | undefined

/** What a client has of its session: the connection, what is known of the session, and how far the application is with it. */
export class HubLink {
  readonly connection: HubConnection
  readonly events: ClientLifecycle<HubServerMessage, HubError, HubEvents>
  readonly position: SessionPosition
  readonly read: ReadPosition
  readonly questions: Questions
  patterns: readonly string[]
  init: HubInitMessage | undefined
  /** The hub's, once it told one; until then the one that was given. */
  sessionId: string | undefined
  /** Entries of events before this one are not in the newest hydration. */
  earlier: number | undefined
  readonly failure = (error: unknown): HubError => toHubError(error, this.sessionId)
  readonly #options: HubOptions
  readonly #protocol: HubProtocol
  readonly #requests: Requests<HubServerMessage, HubOutgoing>
  readonly #acks: Acknowledger
  readonly #entries = new FreshEntries()
  readonly #numbering = new Numbering()
  readonly #instance: string
  #announced = false

  constructor(options: HubOptions) {
    this.#options = options
    this.patterns = options.subscribe ?? []
    this.sessionId = options.sessionId || undefined
    this.position = new SessionPosition(options.after)
    const { clock = systemClock, random = systemRandom, tokenIn = 'frame', transport } = options
    this.read = new ReadPosition(this.position, () => this.connection.unread)
    this.#instance = randomId(random, 16)
    this.#acks = new Acknowledger(
      clock,
      () => this.read.seq,
      (seq) => this.#protocol.confirm(seq),
    )
    // Browsers send no headers: there the token goes where it went before there were any.
    const key = new KeyHolder(options, tokenIn === 'header' && !transport.traits.requestHeaders ? 'frame' : tokenIn)
    this.#protocol = this.#newProtocol(key)
    this.connection = this.#newConnection(key)
    this.connection.on('status', ({ status, previous }) => {
      if (status.state === 'open' && previous.state !== 'open') this.#announce()
    })
    this.connection.on('dropped', () => this.#dropped())
    this.events = this.#newEvents()
    this.connection.intercept((message) => {
      // The answer to a request is done with as soon as it is there.
      if (answeredId(message) !== undefined) this.#acks.progress()
      return false
    })
    this.#requests = new Requests(this.connection, { answers: answeredId, clock })
    this.questions = new Questions({
      options,
      events: this.events,
      read: this.read,
      progress: () => this.#acks.progress(),
      active: () => this.position.active,
      send: (message) => void this.send(message),
    })
    this.connection.intercept((message) => this.#sees(message))
    this.connection.on('status', ({ status }) => {
      if (status.state === 'closed') this.questions.ended()
    })
    this.events.listen(options)
  }

  send(message: HubOutgoing, options: SendOptions = {}): Delivery {
    if (message.type === 'subscribe' && Array.isArray(message.patterns)) this.patterns = message.patterns
    this.questions.said(message)
    return this.connection.send(message, { id: ownId(message), delivery: classOf(message), ...options })
  }

  /** Asks and waits for the answer. @throws a {@link HubError}, or the signal's reason */
  async ask(build: (id: string) => HubOutgoing, options: HubAskOptions = {}): Promise<HubServerMessage> {
    const delivery = options.onDrop === 'carry' ? 'ordered' : 'once'
    let asked = ''
    const named = (id: string): HubOutgoing => {
      asked = id
      this.#numbering.asks(id)
      return build(id)
    }
    try {
      return await this.#requests.ask(named, { ...options, delivery })
    } catch (error) {
      throw ownError(error, options.signal, this.failure)
    } finally {
      this.#numbering.answered(asked)
    }
  }

  // ---- the parts --------------------------------------------------------------------------------

  #newProtocol(holder: KeyHolder): HubProtocol {
    const { role = HUB_DEFAULTS.role, validate = true, token, liveness, clock = systemClock } = this.#options
    return new HubProtocol({
      role,
      validate,
      clock,
      pings: {
        intervalMs: liveness?.intervalMs ?? HUB_DEFAULTS.livenessIntervalMs,
        timeoutMs: liveness?.timeoutMs ?? HUB_DEFAULTS.livenessTimeoutMs,
      },
      refreshable: typeof token === 'function',
      key: () => holder.key,
      position: this.position,
      filtered: () => role !== 'observer' || this.patterns.some((pattern) => pattern !== '*'),
      numbering: this.#numbering,
      doubts: (which) => this.#requests.doubt(which),
      accepted: () => this.#announce(),
      read: this.read,
      progress: () => this.#acks.progress(),
      refused: (error) => this.events.report(error),
    })
  }

  #newConnection(key: KeyHolder): HubConnection {
    const options = this.#options
    return new Connection({
      ...engineOptions(options),
      protocol: this.#protocol,
      credentials: (context) => key.credentials(context),
      target: (context) => socketTarget(options, context, this.#dialState(), key),
      retry: retryOptions(options.retry),
      outbox: { maxBytes: HUB_DEFAULTS.queueBytes, ...options.queue },
    })
  }

  #newEvents(): ClientLifecycle<HubServerMessage, HubError, HubEvents> {
    const { connection } = this
    return new ClientLifecycle<HubServerMessage, HubError, HubEvents>(
      {
        on: (name, listener) => connection.on(name, listener),
        handle: (handler) => connection.handle(handler && ((message) => this.#give(message, handler))),
      },
      {
        logger: this.#options.logger,
        alsoReads: 'hydration',
        problem: hubProblem,
        failure: this.failure,
      },
    )
  }

  // ---- what comes -------------------------------------------------------------------------------

  /** Returns when async listeners are done with it. */
  #give(message: HubServerMessage, handler: NonNullable<Handler>): unknown {
    if (!isHydration(message)) return handler(message)
    const fresh = this.#entries.of(message.entries)
    const hydrated = this.events.emit('hydration', { hydration: message, fresh })
    const given = handler(message)
    return hydrated === undefined ? given : Promise.all([hydrated, given])
  }

  #sees(message: HubServerMessage): boolean {
    this.sessionId ??= sessionOf(message)
    if (isHydration(message)) this.earlier = message.earlier
    return this.questions.asksUs(message)
  }

  // ---- the connection ---------------------------------------------------------------------------

  #dialState(): DialState {
    return {
      sessionId: this.sessionId,
      patterns: this.patterns,
      after: this.position.format(),
      instance: this.#instance,
      isFresh: !this.#numbering.hasNumbered,
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

  #dropped(): void {
    this.#announced = false
    this.#acks.stop()
    this.#protocol.dropped()
  }
}
