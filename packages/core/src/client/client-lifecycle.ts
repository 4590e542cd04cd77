import { HoldfastError, type Logger } from '@holdfast/contract'
import type { ConnectionEvents } from '../connection/events.ts'
import type { ConnectOptions } from '../connection/options.ts'
import type { Outcome } from '../connection/status.ts'
import type { DeliveryReport } from '../delivery/outbox/delivery-reports.ts'
import { Emitter } from '../support/emitter.ts'
import type { ClientEvents, ListenersOf } from './client-status.ts'

/** What can go wrong without ending a client. */
export type ProblemKind =
  /** A frame or message could not be read. It was skipped. */
  | 'invalid_message'
  /** There is no connection for a while, and it is tried again. */
  | 'unreachable'
  /** Something of the application threw, or is at work for too long. */
  | 'callback_failed'

/** What the lifecycle needs of a client's connection. A `Connection` fits. */
export interface ClientConnection<Message> {
  on<Name extends keyof ConnectionEvents>(name: Name, listener: (event: ConnectionEvents[Name]) => unknown): () => void
  /** Messages go to the handler; none: they wait for a reader. */
  handle(handler: ((message: Message) => unknown) | undefined): void
}

/** What a client says of itself. */
export interface ClientRules<Failure extends HoldfastError> {
  readonly logger: Logger | undefined
  /** What harms one thing alone, as an error of its own. */
  problem(kind: ProblemKind, message: string, cause: unknown): Failure
  /** Why it could not be opened, or is over, as an error of its own. */
  failure(error: unknown): Failure
  /** A report as it tells it; undefined: it is not worth telling. @defaultValue what was `dropped` is not */
  delivery?(report: DeliveryReport): DeliveryReport | undefined
  /** The connection is over. False: the client emits `closed` itself. */
  readonly emitsEnd?: boolean | undefined
  /** Another event whose listeners are readers of messages. */
  readonly alsoReads?: string | undefined
}

/** What all clients do alike: how they connect, what they tell, and what becomes of a callback that throws. */
export class ClientLifecycle<Message, Failure extends HoldfastError, More extends object = object> {
  readonly #rules: ClientRules<Failure>
  readonly #connection: ClientConnection<Message>
  readonly #events = new Emitter<ClientEvents<Message, Failure> & More>(this)
  readonly #common: Pick<Emitter<ClientEvents<Message, Failure>>, 'emit'> = this.#events
  #readers = 0

  /** What the client itself makes of its connection, it listens for before. */
  constructor(connection: ClientConnection<Message>, rules: ClientRules<Failure>) {
    this.#connection = connection
    this.#rules = rules
    this.#follow()
  }

  /** What listens as an option, from the first moment on: `onMessage` to `message`. Other options are none of its concern. */
  listen(options: ListenersOf<ClientEvents<Message, Failure> & More>): void {
    for (const [key, listener] of Object.entries<unknown>(options)) {
      // The type of the options says that they fit.
      if (/^on[A-Z]/.test(key) && typeof listener === 'function')
        Reflect.apply(this.on, this, [key.charAt(2).toLowerCase() + key.slice(3), listener])
    }
  }

  /** Returns its own undo. One that listens for messages is a reader. */
  on<Name extends keyof (ClientEvents<Message, Failure> & More)>(
    name: Name,
    listener: (event: (ClientEvents<Message, Failure> & More)[Name]) => unknown,
  ): () => void {
    const off = this.#events.on(name, listener)
    if (name !== 'message' && name !== this.#rules.alsoReads) return off
    let reads = 1
    this.#read(reads)
    return () => {
      off()
      this.#read(-reads)
      reads = 0
    }
  }

  /** Returns when async listeners are done. */
  emit<Name extends keyof (ClientEvents<Message, Failure> & More)>(
    name: Name,
    event: (ClientEvents<Message, Failure> & More)[Name],
  ): PromiseLike<unknown> | undefined {
    return this.#events.emit(name, event)
  }

  report(problem: Failure): void {
    this.#rules.logger?.warn(problem.message, { code: problem.code })
    this.#common.emit('problem', problem)
  }

  /** Something of the application's threw, or rejected. */
  threw(name: string, error: unknown): void {
    this.report(this.#rules.problem('callback_failed', `${name} threw`, error))
  }

  listenerFailed(error: unknown, name: PropertyKey): void {
    if (name === 'problem') this.#rules.logger?.error('a listener of "problem" threw')
    else this.threw(`a listener of "${String(name)}"`, error)
  }

  #follow(): void {
    const connection = this.#connection
    const events = this.#common
    const { problem, delivery = worthTelling, emitsEnd = true } = this.#rules
    connection.on('status', (event) => {
      events.emit('status', event)
      if (emitsEnd && event.status.state === 'closed') this.#ended(event.status.outcome)
    })
    connection.on('gap', (gap) => void events.emit('gap', gap))
    connection.on('delivery', (report) => {
      const result = delivery(report)
      if (result !== undefined) events.emit('delivery', result)
    })
    connection.on('invalid', ({ issue }) => this.report(problem('invalid_message', issue, undefined)))
    connection.on('problem', ({ what, error }) => {
      const isOutage = error instanceof HoldfastError && error.code === 'connection/unreachable'
      // It has been logged.
      events.emit('problem', problem(isOutage ? 'unreachable' : 'callback_failed', what, error))
    })
  }

  #ended(outcome: Outcome): void {
    const { reason } = outcome
    this.#common.emit('closed', 'error' in outcome ? { reason, error: this.#rules.failure(outcome.error) } : { reason })
  }

  #read(change: number): void {
    const before = this.#readers
    this.#readers += change
    if (this.#readers > 0 === before > 0) return
    this.#connection.handle(before > 0 ? undefined : (message) => this.#common.emit('message', message))
  }
}

/**
 * Resolves with `client` when it can be used. Who does not wait for it learns by events why it could not.
 * @throws what it failed with, in the words of the client, or the signal's reason
 */
export function connectClient<Client>(
  client: Client,
  connection: { connect(options?: ConnectOptions): Promise<void> },
  options: ConnectOptions | undefined,
  failure: (error: unknown) => HoldfastError,
): Promise<Client> {
  const opened = connection.connect(options).then(
    () => client,
    (error: unknown) => {
      throw ownError(error, options?.signal, failure)
    },
  )
  opened.catch(() => {})
  return opened
}

/** What went wrong in the words of the client; the reason of the signal that ended it stays what it is. */
export function ownError(
  error: unknown,
  signal: AbortSignal | undefined,
  failure: (error: unknown) => HoldfastError,
): unknown {
  return signal?.aborted === true && error === (signal.reason ?? error) ? error : failure(error)
}

function worthTelling(report: DeliveryReport): DeliveryReport | undefined {
  return report.kind === 'dropped' ? undefined : report
}
