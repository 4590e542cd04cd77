import type { WebSocketFrame } from '@holdfast/contract'
import { type HubKnownClientMessage, type HubResponse, hubMessageId } from '@holdfast/protocol/hub'
import type { Participant } from '../presence/participant.ts'
import { ClientRequests } from './client-requests.ts'
import { CommitPipeline } from './commit-pipeline.ts'
import type { MessageHost } from './connection-parts.ts'
import { type DriverMessage, readInbound } from './inbound.ts'
import type { InboundFlow } from './inbound-flow.ts'
import { SessionMessages } from './session-messages.ts'

/** Who may say something: a role, or the program that drives the session's RPC. */
type Speaker = Participant['role'] | 'driver'

/** Every message of a client by its type; the answers of a lead have none. */
type Messages = {
  readonly [M in HubKnownClientMessage | DriverMessage as M extends { readonly type: infer Type extends string }
    ? Type
    : never]: M
} & { readonly answer: HubResponse }

/** Who may say a message, and what it does. */
interface Handler<Message> {
  readonly roles: readonly Speaker[]
  readonly run: (on: MessageHandlers, message: Message, frame: string) => void
}

const EVERYBODY = ['lead', 'sub_agent', 'controller', 'observer'] as const
const LEAD_SIDE = ['lead', 'sub_agent'] as const
const NO_OBSERVERS = ['lead', 'sub_agent', 'controller'] as const

const asked = {
  roles: NO_OBSERVERS,
  run: (on, message, frame) => on.session.request(message, frame),
} satisfies Handler<Messages['event' | 'tool' | 'command']>
const file = { roles: LEAD_SIDE, run: (on, message, frame) => on.session.file(message, frame) } satisfies Handler<
  Messages['session_entry' | 'session_write']
>
const toDriver = {
  roles: ['controller'],
  run: (on, message, frame) => on.session.toDriver(message, frame),
} satisfies Handler<Messages['rpc_command']>
const uiResponse = {
  roles: ['controller', 'driver'],
  run: (on, message, frame) => on.session.uiResponse(message, frame),
} satisfies Handler<Messages['rpc_ui_response']>
const fromDriver = {
  roles: ['driver'],
  run: (on, message, frame) => on.session.fromDriver(message, frame),
} satisfies Handler<DriverMessage>

/** Every message that a client may send. What is not here is answered with `unknown_type`. */
const HANDLERS: { readonly [Type in keyof Messages]: Handler<Messages[Type]> } = {
  ping: { roles: EVERYBODY, run: (on, { timestamp }) => on.client.ping(timestamp) },
  ack: { roles: EVERYBODY, run: (on, { seq }) => on.confirm(seq) },
  'auth.renew': { roles: EVERYBODY, run: (on, { authorization }) => on.client.renew(authorization) },
  history: { roles: EVERYBODY, run: (on, message, frame) => on.client.history(message, frame.length) },
  subscribe: { roles: EVERYBODY, run: (on, message) => on.client.subscribe(message.patterns, message) },
  bootstrap_ready: { roles: NO_OBSERVERS, run: (on, message) => on.client.bootstrap(message) },
  event: asked,
  tool: asked,
  command: asked,
  answer: { roles: ['lead'], run: (on, message, frame) => on.session.answer(message, frame) },
  session_entry: file,
  session_write: file,
  rpc_command: toDriver,
  rpc_ui_response: uiResponse,
  rpc_event: fromDriver,
  rpc_response: fromDriver,
  rpc_ui_request: fromDriver,
}

/**
 * Handles a participant's messages (hub §3): each is checked against its role and carried out. Those that belong in the
 * log are written through one queue, and acknowledged when they are written. An invalid message is answered with
 * `protocol_error` and affects nothing else.
 */
export class MessageHandlers {
  readonly session: SessionMessages
  readonly client: ClientRequests
  readonly #host: MessageHost
  readonly #flow: InboundFlow
  readonly #pipeline: CommitPipeline
  /** The last number whose processing the client confirmed. */
  confirmed = 0

  constructor(host: MessageHost, flow: InboundFlow) {
    const protest = this.#protest.bind(this)
    this.#host = host
    this.#flow = flow
    this.#pipeline = new CommitPipeline(host, flow, protest)
    this.session = new SessionMessages(host, this.#pipeline, protest)
    this.client = new ClientRequests(host, flow, this.#pipeline, protest)
  }

  /** One frame of the client. */
  take(frame: WebSocketFrame): void {
    const inbound = readInbound(frame)
    const text = typeof frame === 'string' ? frame : ''
    if (inbound.kind === 'issue') this.#protest('invalid_message', inbound.issue, inbound.id)
    else if (inbound.kind === 'unknown') this.#protest('unknown_type', 'message.type: not known to this hub')
    else if (inbound.kind === 'answer') this.#handle('answer', inbound.message, text)
    // A second bootstrap frame changes nothing: the connection is accepted already.
    else if (inbound.message.type !== undefined) this.#handle(inbound.message.type, inbound.message, text)
    this.#flow.received()
  }

  confirm(seq: number): void {
    this.confirmed = Math.max(this.confirmed, seq)
  }

  /** Nothing more is taken. */
  end(): void {
    this.client.end()
  }

  /** Reports what was acknowledged. */
  flushAcks(): void {
    this.#pipeline.flushAcks()
  }

  #handle<Type extends keyof Messages>(type: Type, message: Messages[Type], frame: string): void {
    const { roles, run } = HANDLERS[type]
    const { role, isDriver } = this.#host.parts
    if (roles.includes(role) || (isDriver && roles.includes('driver'))) return run(this, message, frame)
    this.#protest('forbidden_message', `A ${role} may not send this.`, hubMessageId(message))
  }

  #protest(code: string, message: string, id?: string | undefined): void {
    const { context, session } = this.#host.parts
    context.metrics.protested(code)
    const notice = { type: 'protocol_error', code, message, sessionId: session.sessionId } as const
    this.#host.send({ ...notice, timestamp: context.clock.epoch(), ...(id === undefined ? {} : { id }) })
  }
}
