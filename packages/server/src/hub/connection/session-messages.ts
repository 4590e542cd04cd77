import type { SenderMark } from '@holdfast/log'
import {
  type Fields,
  type HubKnownClientMessage,
  type HubRequest,
  type HubResponse,
  hubEventCategory,
  hubMessageId,
} from '@holdfast/protocol/hub'
import type { HubRpcCommandMessage, HubRpcUiResponseMessage } from '@holdfast/protocol/hub/messages'
import type { LeadRequest } from '../context.ts'
import { RecordPages } from '../delivery/record-pages.ts'
import { UNDECIDED } from '../session/request-handlers.ts'
import type { Origin } from '../session/router.ts'
import { type Hold, type HubRecord, numberOf, TO_CONTROLLERS, TO_DRIVER } from '../state/records.ts'
import type { CommitPipeline } from './commit-pipeline.ts'
import type { MessageHost, Protest } from './connection-parts.ts'
import type { DriverMessage } from './inbound.ts'

const TOO_LATE = 'This question is over: somebody else answered it first, or the lead took it back.'

/** What a client says into the session (hub §3, §4): each message is one record, which {@link CommitPipeline} writes. */
export class SessionMessages {
  readonly #host: MessageHost
  readonly #pipeline: CommitPipeline
  readonly #protest: Protest
  /** Answers that a client asks for again. */
  readonly #known: RecordPages

  constructor(host: MessageHost, pipeline: CommitPipeline, protest: Protest) {
    this.#host = host
    this.#pipeline = pipeline
    this.#protest = protest
    this.#known = new RecordPages(host.parts.context.log, host.parts.session.sessionId)
  }

  /** A request of the lead's side to the hub, or of a controller to the lead. */
  request(message: HubRequest, frame: string): void {
    const { role, context } = this.#host.parts
    if (message.type === 'event' && message.event.length > context.limits.maxIdLength) {
      return this.#protest('invalid_message', `message(event).event: at most ${context.limits.maxIdLength} characters`)
    }
    if (role === 'controller') return this.#ask(message, frame)
    const approval = this.#approvalOf(message)
    const record = ({ scope: from, fp, sender }: Origin): HubRecord => {
      const stored = approval === undefined ? undefined : { ...approval, sender: numberOf({ sender }) }
      if (message.type !== 'event') return { t: 'call', message: bare(message), from, fp, hold: stored }
      const { event, data } = message
      return { t: 'event', event, data, category: hubEventCategory(event), from, fp, hold: stored }
    }
    this.#pipeline.run({
      message,
      frame,
      append: (origin) => this.#host.parts.session.append(record(origin), origin),
      done: (isDuplicate, n, sender) => this.#respond(message, { isDuplicate, approval: approval && n, sender }),
    })
  }

  /** How the request waits, where it does. */
  #approvalOf(message: HubRequest): Hold | undefined {
    const { context } = this.#host.parts
    try {
      const plan = context.hooks.requireApproval?.(this.#leadRequest(message))
      if (plan === undefined) return undefined
      return { id: message.id, until: context.clock.epoch() + plan.timeoutMs, otherwise: plan.otherwise }
    } catch (error) {
      context.logger.error('requireApproval failed', { error: String(error) })
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
    this.#pipeline.run({
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
    {
      isDuplicate,
      approval,
      sender,
    }: { isDuplicate: boolean; approval: number | undefined; sender: SenderMark | undefined },
  ): Promise<void> {
    const { session } = this.#host.parts
    const known = isDuplicate ? await this.#knownAnswer(message, sender) : undefined
    if (known !== undefined) return this.#host.send(known)
    if (approval !== undefined) await session.reached(approval)
    const request = this.#leadRequest(message)
    const asker = this.#host.scope
    const how = { asker, approval, sender: numberOf({ sender }) }
    const actions = session.hasHandlers ? await session.requestHandlers.ask(request, how) : undefined
    if (approval !== undefined) return session.approvals.begun(approval, asker, message.id)
    if (actions === undefined) this.#host.send({ id: message.id, actions: [{ action: 'ACK' }] })
  }

  /** What was answered before, if it was. */
  async #knownAnswer({ id }: HubRequest, sender: SenderMark | undefined): Promise<HubResponse | undefined> {
    const { state, router } = this.#host.parts.session
    const kept = sender === undefined ? undefined : state.senderAnswers.get(sender.id, sender.n)
    if (kept !== undefined) return { id: kept.id, actions: kept.actions }
    return router.known(this.#host.scope, id, this.#known)
  }

  answer(message: HubResponse, frame: string): void {
    const { router } = this.#host.parts.session
    this.#pipeline.run({
      message,
      frame,
      idSpace: 'answer',
      append: (origin) => router.answer(message.id, message.actions, origin),
      // The lead is notified, and the asker does not wait for what never comes.
      refused: ({ message: why }) => router.unanswered(message.id, `The lead answered, and it was lost: ${why}`),
    })
  }

  fromDriver(message: DriverMessage, frame: string): void {
    const { router } = this.#host.parts.session
    const to = message.type === 'rpc_response' ? router.commander(message.response) : TO_CONTROLLERS
    const idSpace = message.type === 'rpc_ui_request' ? 'ui' : undefined
    this.#pipeline.run({ message, frame, idSpace, append: (origin) => router.rpc(to, bare(message), origin) })
  }

  toDriver(message: HubRpcCommandMessage, frame: string): void {
    const { router } = this.#host.parts.session
    this.#pipeline.run({ message, frame, append: (origin) => router.rpc(TO_DRIVER, bare(message), origin) })
  }

  /** A controller answers the driver's question, or the driver says that it is over. */
  uiResponse(message: HubRpcUiResponseMessage, frame: string): void {
    const { isDriver, session } = this.#host.parts
    const to = isDriver ? TO_CONTROLLERS : TO_DRIVER
    this.#pipeline.run({
      message,
      frame,
      idSpace: isDriver ? 'ui end' : 'ui',
      append: (origin) => session.router.rpc(to, bare(message), origin),
      done: async (_isDuplicate, n) => {
        if (!isDriver && n !== undefined) await this.#announceLate(message.id, n)
      },
    })
  }

  /** The first answer in the log is the driver's; the sender of another one is notified. */
  async #announceLate(id: string, n: number): Promise<void> {
    const { session } = this.#host.parts
    await session.reached(n)
    if (session.state.questions.isLate(id, n)) this.#protest('already_answered', TOO_LATE)
  }

  file(message: Extract<HubKnownClientMessage, { type: 'session_entry' | 'session_write' }>, frame: string): void {
    const { context } = this.#host.parts
    const { path } = message
    if (path === '' || path.length > context.limits.maxIdLength) {
      return this.#protest('invalid_message', `path: expected 1 to ${context.limits.maxIdLength} characters`)
    }
    const op = message.type === 'session_write' ? 'write' : 'append'
    const text = message.type === 'session_write' ? message.content : `${message.line}\n`
    if (!this.#host.parts.session.state.files.hasRoomFor(path, op, text)) {
      return this.#protest('file_too_large', 'The session files are full.', hubMessageId(message))
    }
    this.#pipeline.run({
      message,
      frame,
      append: ({ scope, fp, ...how }) =>
        this.#host.parts.session.appendFile({ t: 'file', path, op, text, from: scope, fp }, how),
    })
  }
}

/** A message as it is passed on: without what its sender and the hub say to each other by it. */
function bare(message: object): Fields {
  const { n: _n, done: _done, ...rest }: Fields = { ...message }
  return rest
}
