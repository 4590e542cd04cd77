import type { Connection, DeliveryReport, Gap, Logger, Status } from '@holdfast/core'
import { callBack } from '@holdfast/core/internals'
import { HubError, toHubError } from '../errors.ts'

/** The states of a published client, as hub §8 names them. `closed` before `connect()` too. */
export type HubState = 'connecting' | 'authenticating' | 'connected' | 'reconnecting' | 'closed'

/** The callbacks of both published clients. */
export interface PublishedCallbacks {
  /** Usable, at first and again after every outage. */
  readonly onOpen?: (() => unknown) | undefined
  readonly onStateChange?: ((state: HubState) => unknown) | undefined
  /** Events are missing here. */
  readonly onGap?: ((gap: Gap) => unknown) | undefined
  readonly logger?: Logger | undefined
}

/** What becomes of errors and closes, in the words of one client. */
export interface PublishedHooks {
  /** A failure that ended everything, a message that was lost or unreadable, a callback that threw. */
  failed(error: HubError): unknown
  /** A connection ended, with what the close frame said, if one came. */
  closed(code: number | undefined, reason: string): unknown
}

/** A client of ours, as far as its events go. */
interface Client {
  readonly connection: Pick<Connection, 'on'>
  on(name: 'problem', listener: (problem: HubError) => unknown): () => void
}

/** The events of our clients as the callbacks of hub §8. A callback that throws is reported and harms nothing. */
export class PublishedEvents {
  readonly #callbacks: PublishedCallbacks
  readonly #hooks: PublishedHooks
  #state: HubState = 'closed'
  #wasOpen = false

  constructor(callbacks: PublishedCallbacks, hooks: PublishedHooks) {
    this.#callbacks = callbacks
    this.#hooks = hooks
  }

  get state(): HubState {
    return this.#state
  }

  listen(client: Client): void {
    const { connection } = client
    connection.on('status', ({ status, previous, cause }) => this.#changed(status, previous, cause))
    connection.on('dropped', ({ cause }) => this.#closed(cause))
    connection.on('gap', (gap) => void this.call('onGap', () => this.#callbacks.onGap?.(gap)))
    connection.on('delivery', (report) => this.#delivery(report))
    client.on('problem', (problem) => {
      // What our clients ignore, and report to those who look for it, the published one never reports.
      if (problem.code !== 'hub/callback_failed' || problem.cause !== undefined) this.report(problem)
    })
  }

  /** Calls a callback. What it throws or rejects with is reported. Returns when an async one is over. */
  call(name: string, run: () => unknown): PromiseLike<unknown> | undefined {
    return callBack(run, (error) => this.threw(name, error))
  }

  threw(name: string, error: unknown): void {
    this.report(new HubError('hub/callback_failed', `${name} threw`, { reason: name }, error))
  }

  report(error: HubError): void {
    callBack(
      () => this.#hooks.failed(error),
      () => this.#callbacks.logger?.warn('onError threw'),
    )
  }

  #changed(status: Status, previous: Status, cause: unknown): void {
    const opened = status.state === 'open' && previous.state !== 'open'
    if (opened) this.#wasOpen = true
    if (previous.state === 'handshaking' && !opened) this.#closed(cause)
    if (status.state === 'closed') this.#wasOpen = false
    this.#emitState(stateOf(status, this.#wasOpen))
    if (opened) this.call('onOpen', () => this.#callbacks.onOpen?.())
    if (status.state === 'closed' && 'error' in status.outcome) this.report(toHubError(status.outcome.error))
  }

  #emitState(state: HubState): void {
    if (state === this.#state) return
    this.#state = state
    this.call('onStateChange', () => this.#callbacks.onStateChange?.(state))
  }

  #closed(cause: unknown): void {
    const { code, reason } = closeOf(cause)
    this.call('onClose', () => this.#hooks.closed(code, reason))
  }

  #delivery({ kind, count, ids }: DeliveryReport): void {
    if (kind === 'dropped') return
    const delivery = kind === 'inDoubt' ? 'inDoubt' : 'notSent'
    const isRefused = kind === 'poison' || kind === 'tooLarge'
    const undelivered = isRefused ? 'hub/message_refused' : 'hub/send_while_disconnected'
    const code = kind === 'inDoubt' ? 'hub/connection_error' : undelivered
    this.report(new HubError(code, `${count} messages: ${kind}`, { delivery, ids, count, reason: `delivery/${kind}` }))
  }
}

function stateOf(status: Status, wasOpen: boolean): HubState {
  switch (status.state) {
    case 'open':
    case 'draining':
      return 'connected'
    case 'handshaking':
      return 'authenticating'
    case 'preparing':
    case 'dialing':
      return wasOpen || status.attempt > 1 ? 'reconnecting' : 'connecting'
    case 'waiting':
      return 'reconnecting'
    default:
      return 'closed'
  }
}

/** A code that no frame carried stays absent. */
function closeOf(cause: unknown): { readonly code: number | undefined; readonly reason: string } {
  if (typeof cause !== 'object' || cause === null || !('kind' in cause)) return { code: undefined, reason: '' }
  const code = 'code' in cause && typeof cause.code === 'number' ? cause.code : undefined
  const reason = 'reason' in cause && typeof cause.reason === 'string' ? cause.reason : String(cause.kind)
  return { code, reason }
}
