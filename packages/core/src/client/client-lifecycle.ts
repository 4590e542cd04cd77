import { HoldfastError, type Logger } from '@holdfast/contract'
import type { Gap } from '../client-protocol.ts'
import type { ConnectionEvents } from '../connection/events.ts'
import type { ConnectOptions } from '../connection/options.ts'
import type { Outcome } from '../connection/status.ts'
import type { DeliveryReport } from '../delivery/outbox/delivery-reports.ts'
import { Emitter, type ListenerOf } from '../support/callbacks.ts'
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
  /** Adds a listener that has a method for each event that it wants. */
  listen(listener: ListenerOf<ConnectionEvents>): void
  /** Messages go to the handler; none: they wait for a reader. */
  handle(handler: ((message: Message) => unknown) | undefined): void
}

/** What differs between clients. */
export interface ClientRules<Failure extends HoldfastError> {
  readonly logger: Logger | undefined
  /** The client's own error for a failure that affects one message, callback or attempt. */
  problem(kind: ProblemKind, message: string, cause: unknown): Failure
  /** The client's own error for a connection that could not be opened, or is over. */
  failure(error: unknown): Failure
  /**
   * The delivery report as the client emits it; undefined: it is not emitted. @defaultValue reports of `dropped`
   * messages are not emitted
   */
  delivery?(report: DeliveryReport): DeliveryReport | undefined
  /** The connection is over. False: the client emits `closed` itself. */
  readonly emitsEnd?: boolean | undefined
  /** Another event whose listeners count as readers of messages. */
  readonly alsoReads?: string | undefined
}

/** What all clients share: how they connect, which events they emit, and how a callback that throws is reported. */
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
    connection.listen(new Relay(this.#common, this, rules))
  }

  /**
   * Adds the listeners among the options, before anything happens: `onMessage` listens to `message`. Other options are
   * ignored.
   */
  listen(options: ListenersOf<ClientEvents<Message, Failure> & More>): void {
    for (const [key, listener] of Object.entries<unknown>(options)) {
      // The type of the options says that they fit.
      if (/^on[A-Z]/.test(key) && typeof listener === 'function')
        Reflect.apply(this.on, this, [key.charAt(2).toLowerCase() + key.slice(3), listener])
    }
  }

  /** Adds a listener; returns a function that removes it. A listener of messages counts as a reader. */
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

  #read(change: number): void {
    const before = this.#readers
    this.#readers += change
    if (this.#readers > 0 === before > 0) return
    this.#connection.handle(before > 0 ? undefined : (message) => this.#common.emit('message', message))
  }
}

/** Listens to a connection, and makes the client's events of its events. */
class Relay<Message, Failure extends HoldfastError> implements ListenerOf<ConnectionEvents> {
  readonly #events: Pick<Emitter<ClientEvents<Message, Failure>>, 'emit'>
  readonly #client: { report(problem: Failure): void }
  readonly #rules: ClientRules<Failure>

  constructor(
    events: Pick<Emitter<ClientEvents<Message, Failure>>, 'emit'>,
    client: { report(problem: Failure): void },
    rules: ClientRules<Failure>,
  ) {
    this.#events = events
    this.#client = client
    this.#rules = rules
  }

  status(event: ConnectionEvents['status']): void {
    const { emitsEnd = true } = this.#rules
    this.#events.emit('status', event)
    if (emitsEnd && event.status.state === 'closed') this.#ended(event.status.outcome)
  }

  gap(gap: Gap): void {
    this.#events.emit('gap', gap)
  }

  delivery(report: DeliveryReport): void {
    const { delivery = worthTelling } = this.#rules
    const result = delivery(report)
    if (result !== undefined) this.#events.emit('delivery', result)
  }

  invalid({ issue }: ConnectionEvents['invalid']): void {
    this.#client.report(this.#rules.problem('invalid_message', issue, undefined))
  }

  problem({ what, error }: ConnectionEvents['problem']): void {
    const isOutage = error instanceof HoldfastError && error.code === 'connection/unreachable'
    // It has been logged.
    this.#events.emit('problem', this.#rules.problem(isOutage ? 'unreachable' : 'callback_failed', what, error))
  }

  #ended(outcome: Outcome): void {
    const { reason } = outcome
    this.#events.emit('closed', 'error' in outcome ? { reason, error: this.#rules.failure(outcome.error) } : { reason })
  }
}

/**
 * Resolves with `client` when it can be used. A caller that does not await it gets the failure from events.
 * @throws the client's own error for the failure, or the signal's reason
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

/** The error as the client's own error; the reason of the signal that ended it stays unchanged. */
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
