import type { Timer, WebSocketFrame } from '@holdfast/contract'
import type { SenderMark } from '@holdfast/log'
import {
  type Fields,
  type HubHistoryRequest,
  type HubKnownClientMessage,
  type HubRequest,
  type HubResponse,
  hubEventCategory,
  hubMessageId,
} from '@holdfast/protocol/hub'
import type { LeadRequest } from '../context.ts'
import { eventFilter } from '../delivery/filters.ts'
import { RecordPages } from '../delivery/record-pages.ts'
import { asHubError } from '../errors.ts'
import { UNDECIDED } from '../session/request-handlers.ts'
import { numberOf, type Origin } from '../session/router.ts'
import { type Hold, type HubRecord, TO_CONTROLLERS, TO_DRIVER } from '../state/records.ts'
import { CommitPipeline, type MessageHost } from './commit-pipeline.ts'
import { type DriverMessage, type Inbound, readInbound } from './inbound.ts'
import type { InboundFlow } from './inbound-flow.ts'

/** Others are told of a changed filter at once, and not again for so long. */
const FILTER_TOLD_MS = 1_000

/**
 * What a participant says (hub §3): each message is checked against its role, brought into the log, and acknowledged
 * when it is there. A message that is wrong is answered with `protocol_error` and harms nothing else.
 */
export class MessageHandlers {
  readonly #host: MessageHost
  readonly #flow: InboundFlow
  readonly #effects: CommitPipeline
  /** Answers that a client asks for again. */
  readonly #known: RecordPages
  /** The last number whose processing the client confirmed. */
  confirmed = 0
  #isRenewing = false
  #bootstraps: object[] = []
  #telling: Timer | undefined
  #hasNewFilter = false
  #reading: Promise<void> = Promise.resolve()

  constructor(host: MessageHost, flow: InboundFlow) {
    this.#host = host
    this.#flow = flow
    const { context, session } = host.parts
    this.#known = new RecordPages(context.log, session.sessionId)
    this.#effects = new CommitPipeline(host, flow, (code, message, id) => this.#protest(code, message, id))
  }

  /** One frame of the client. */
  take(frame: WebSocketFrame): void {
    this.#handle(readInbound(frame), typeof frame === 'string' ? frame : '')
    this.#flow.received()
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
        return this.#host.send({
          type: 'pong',
          timestamp: this.#host.parts.context.clock.epoch(),
          echoedTimestamp: message.timestamp,
        })
      case 'ack':
        this.confirmed = Math.max(this.confirmed, message.seq)
        return
      case 'auth.renew':
        return this.#renew(message.authorization)
      case 'history':
        return this.#history(message, frame.length)
      case 'subscribe':
        return this.#subscribe(message.patterns, message)
      case 'bootstrap_ready':
        if (this.#host.parts.role === 'observer') return this.#forbid(message)
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

  /** One hydration is for all that ask before it is sent. */
  #bootstrap(message: object): void {
    this.#bootstraps.push(message)
    if (this.#bootstraps.length > 1) return
    const { gate } = this.#host.parts.context
    gate.pass(this.#host.hydrationSize).then(
      () => {
        this.#host.hydrate()
        for (const one of this.#bootstraps.splice(0)) this.#effects.ack(one)
      },
      (error: unknown) => this.#host.refuse(asHubError(error)),
    )
  }

  /** What is of no use leaves the old credentials in force, until their end. */
  #renew(authorization: string): void {
    if (this.#isRenewing) return
    this.#isRenewing = true
    this.#host
      .renew(authorization.replace(/^Bearer +/i, ''))
      .catch((error: unknown) => this.#protest('not_renewed', asHubError(error).message))
      .finally(() => {
        this.#isRenewing = false
      })
  }

  /** One page at a time, each acknowledged by itself. */
  #history(message: HubHistoryRequest, size: number): void {
    if (!this.#host.parts.resumes) return this.#protest('unknown_type', 'message.type: not known to this hub')
    this.#flow.started(size)
    this.#reading = this.#reading
      .then(() => this.#host.tellHistory(message.id, message.before))
      .then(() => this.#effects.ack(message))
      .catch((error: unknown) => this.#host.refuse(asHubError(error)))
      .finally(() => this.#flow.finished(size))
  }

  #subscribe(patterns: readonly string[], message: object): void {
    const made = eventFilter(patterns, this.#host.parts.context.limits)
    if (!made.ok) return this.#protest('invalid_message', made.issue, hubMessageId(message))
    this.#host.subscription.filter = made.filter
    this.#host.participant.subscriptions = made.filter.patterns
    this.#tellFilter()
    this.#effects.ack(message)
  }

  /** Now, and then the newest one after a while: telling everybody costs more than asking. */
  #tellFilter(): void {
    this.#hasNewFilter = this.#telling !== undefined
    if (this.#hasNewFilter) return
    const { session, context } = this.#host.parts
    session.presence.update(this.#host.participant)
    this.#telling = context.clock.after(FILTER_TOLD_MS, () => {
      this.#telling = undefined
      if (this.#hasNewFilter) this.#tellFilter()
    })
  }

  #request(message: HubRequest, frame: string): void {
    const { role, context } = this.#host.parts
    if (role === 'observer') return this.#forbid(message)
    if (message.type === 'event' && message.event.length > context.limits.maxIdLength) {
      return this.#protest('invalid_message', `message(event).event: at most ${context.limits.maxIdLength} characters`)
    }
    if (role === 'controller') return this.#ask(message, frame)
    const hold = this.#holdOf(message)
    const record = ({ scope: from, fp, sender }: Origin): HubRecord => {
      const held = hold === undefined ? undefined : { ...hold, sender: numberOf({ sender }) }
      if (message.type !== 'event') return { t: 'call', message: bare(message), from, fp, hold: held }
      const { event, data } = message
      return { t: 'event', event, data, category: hubEventCategory(event), from, fp, hold: held }
    }
    this.#effects.run({
      message,
      frame,
      append: (origin) => this.#host.parts.session.append(record(origin), origin),
      done: (isDuplicate, n, sender) => this.#respond(message, { isDuplicate, held: hold && n, sender }),
    })
  }

  /** How the request waits, where it does. */
  #holdOf(message: HubRequest): Hold | undefined {
    const { context } = this.#host.parts
    try {
      const plan = context.hooks.holdRequest?.(this.#leadRequest(message))
      if (plan === undefined) return undefined
      return { id: message.id, until: context.clock.epoch() + plan.timeoutMs, otherwise: plan.otherwise }
    } catch (error) {
      context.logger.error('holdRequest failed', { error: String(error) })
      return { id: message.id, until: context.clock.epoch(), otherwise: UNDECIDED }
    }
  }

  #leadRequest(message: HubRequest): LeadRequest {
    const { role, session } = this.#host.parts
    const { principal } = this.#host
    return { sessionId: session.sessionId, principal, role: role === 'lead' ? role : 'sub_agent', message }
  }

  /** A controller's request: to the lead. */
  #ask(message: HubRequest, frame: string): void {
    const { router } = this.#host.parts.session
    this.#effects.run({
      message,
      frame,
      append: (origin) => router.request(bare(message), message.id, origin),
      done: async (isDuplicate, _n, sender) => {
        const known = isDuplicate ? await this.#knownAnswer(message, sender) : undefined
        if (known !== undefined) this.#host.send(known)
      },
    })
  }

  /** The hub's answer to a lead's request, once that is in the log. */
  async #respond(
    message: HubRequest,
    { isDuplicate, held, sender }: { isDuplicate: boolean; held: number | undefined; sender: SenderMark | undefined },
  ): Promise<void> {
    const { session } = this.#host.parts
    const known = isDuplicate ? await this.#knownAnswer(message, sender) : undefined
    if (known !== undefined) return this.#host.send(known)
    if (held !== undefined) await session.reached(held)
    const request = this.#leadRequest(message)
    const asker = this.#host.scope
    const how = { asker, held, sender: numberOf({ sender }) }
    const actions = session.hasHandlers ? await session.requestHandlers.ask(request, how) : undefined
    if (held !== undefined) return session.approvals.begun(held, asker, message.id)
    if (actions === undefined) this.#host.send({ id: message.id, actions: [{ action: 'ACK' }] })
  }

  /** What was answered before, if it was. */
  async #knownAnswer({ id }: HubRequest, sender: SenderMark | undefined): Promise<HubResponse | undefined> {
    const { state, router } = this.#host.parts.session
    const kept = sender === undefined ? undefined : state.senderAnswers.get(sender.id, sender.n)
    if (kept !== undefined) return { id: kept.id, actions: kept.actions }
    return router.known(this.#host.scope, id, this.#known)
  }

  #answer(message: Extract<Inbound, { kind: 'answer' }>['message'], frame: string): void {
    if (this.#host.parts.role !== 'lead') return this.#forbid(message)
    const { router } = this.#host.parts.session
    this.#effects.run({
      message,
      frame,
      idSpace: 'answer',
      append: (origin) => router.answer(message.id, message.actions, origin),
    })
  }

  #driver(message: DriverMessage, frame: string): void {
    if (!this.#host.parts.isDriver) return this.#forbid(message)
    const { router } = this.#host.parts.session
    const to = message.type === 'rpc_response' ? router.commander(message.response) : TO_CONTROLLERS
    const idSpace = message.type === 'rpc_ui_request' ? 'ui' : undefined
    this.#effects.run({ message, frame, idSpace, append: (origin) => router.rpc(to, bare(message), origin) })
  }

  #toDriver(message: Extract<HubKnownClientMessage, { type: 'rpc_command' | 'rpc_ui_response' }>, frame: string): void {
    if (this.#host.parts.role !== 'controller') return this.#forbid(message)
    const { router } = this.#host.parts.session
    const isAnswer = message.type === 'rpc_ui_response'
    this.#effects.run({
      message,
      frame,
      idSpace: isAnswer ? 'ui' : undefined,
      append: (origin) => router.rpc(TO_DRIVER, bare(message), origin),
      done: async (_isDuplicate, n) => {
        if (isAnswer && n !== undefined) await this.#tellLate(message.id, n)
      },
    })
  }

  /** The first answer in the log is the driver's; whoever gave another one is told. */
  async #tellLate(id: string, n: number): Promise<void> {
    const { session } = this.#host.parts
    await session.reached(n)
    if (session.state.questions.isLate(id, n)) this.#protest('already_answered', 'Somebody else answered this first.')
  }

  #file(message: Extract<HubKnownClientMessage, { type: 'session_entry' | 'session_write' }>, frame: string): void {
    const { role, context } = this.#host.parts
    const { path } = message
    if (role !== 'lead' && role !== 'sub_agent') return this.#forbid(message)
    if (path === '' || path.length > context.limits.maxIdLength) {
      return this.#protest('invalid_message', `path: expected 1 to ${context.limits.maxIdLength} characters`)
    }
    const op = message.type === 'session_write' ? 'write' : 'append'
    const text = message.type === 'session_write' ? message.content : `${message.line}\n`
    if (!this.#host.parts.session.state.hasRoomFor(path, op, text.length)) {
      return this.#protest('file_too_large', 'The session files are full.', hubMessageId(message))
    }
    this.#effects.run({
      message,
      frame,
      append: ({ scope, fp, ...how }) =>
        this.#host.parts.session.appendFile({ t: 'file', path, op, text, from: scope, fp }, how),
    })
  }

  /** Nothing more is taken. */
  end(): void {
    this.#telling?.cancel()
  }

  /** Tells what was acknowledged. */
  flushAcks(): void {
    this.#effects.flushAcks()
  }

  #forbid(message: object): void {
    this.#protest('forbidden_message', `A ${this.#host.parts.role} may not send this.`, hubMessageId(message))
  }

  #protest(code: string, message: string, id?: string | undefined): void {
    const { context } = this.#host.parts
    context.metrics.protested(code)
    const told = { type: 'protocol_error', code, message, sessionId: this.#host.parts.session.sessionId } as const
    this.#host.send({ ...told, timestamp: context.clock.epoch(), ...(id === undefined ? {} : { id }) })
  }
}

/** A message as it is passed on: without what its sender and the hub say to each other by it. */
function bare(message: object): Fields {
  const { n: _n, done: _done, ...rest }: Fields = { ...message }
  return rest
}
