import { type Connection, type DeliveryReport, HoldfastError, type Status } from '@holdfast/core'
import { follow, isThenable } from '@holdfast/core/internals'
import { HubError, toHubError } from './errors.ts'
import type { HubCommonOptions, HubState } from './options.ts'

/** What every connection of ours tells, whatever it carries. */
type AnyConnection<In, Out, WireIn, WireOut, Ready extends object | undefined> = Pick<
  Connection<In, Out, WireIn, WireOut, Ready>,
  'on' | 'status'
>

/** What the client does when the connection changes. */
export interface ClientHooks {
  /** Usable; before `onOpen`. */
  ready(): void
  /** No longer usable. */
  dropped(): void
  /** A connection ended, with what a close frame said. */
  closed(code: number | undefined, reason: string): void
}

/** The engine's events as the callbacks of hub §8. A callback that throws is reported and harms nothing. */
export class ClientEvents {
  readonly #options: HubCommonOptions
  readonly #hooks: ClientHooks
  readonly #unreadable: 'invalid_response' | 'parse_error'
  #state: HubState = 'closed'
  #wasOpen = false

  constructor(options: HubCommonOptions, hooks: ClientHooks, unreadable: 'invalid_response' | 'parse_error') {
    this.#options = options
    this.#hooks = hooks
    this.#unreadable = unreadable
  }

  get state(): HubState {
    return this.#state
  }

  listen<In, Out, WireIn, WireOut, Ready extends object | undefined>(
    connection: AnyConnection<In, Out, WireIn, WireOut, Ready>,
  ): void {
    connection.on('status', ({ status, previous, cause }) => this.#changed(status, previous, cause))
    connection.on('dropped', ({ cause }) => {
      this.#hooks.dropped()
      this.#closed(cause)
    })
    connection.on('gap', (gap) => this.call('onGap', () => this.#options.onGap?.(gap)))
    connection.on('invalid', ({ issue }) => this.report(new HubError(this.#unreadable, issue)))
    connection.on('delivery', (report) => this.#delivery(report))
    connection.on('problem', ({ what, error }) => {
      if (error instanceof HoldfastError && error.code === 'connection/unreachable') this.report(toHubError(error))
      else if (error !== undefined) this.report(new HubError('callback_failed', what, { reason: what }, error))
    })
  }

  /** Calls a callback. What it throws or rejects with is reported. Returns when an async one is over. */
  call(name: string, run: () => unknown): PromiseLike<void> | undefined {
    try {
      const returned = run()
      if (!isThenable(returned)) return undefined
      return returned.then(
        () => {},
        (error: unknown) => this.threw(name, error),
      )
    } catch (error) {
      this.threw(name, error)
      return undefined
    }
  }

  threw(name: string, error: unknown): void {
    this.report(new HubError('callback_failed', `${name} threw`, { reason: name }, error))
  }

  report(error: HubError): void {
    const threw = (): void => this.#options.logger?.warn('onError threw')
    try {
      follow(this.#options.onError?.(error), threw)
    } catch {
      threw()
    }
  }

  #changed(status: Status, previous: Status, cause: unknown): void {
    const opened = status.state === 'open' && previous.state !== 'open'
    if (opened) {
      this.#wasOpen = true
      this.#hooks.ready()
    }
    if (previous.state === 'handshaking' && !opened) this.#closed(cause)
    if (status.state === 'closed') this.#wasOpen = false
    this.#tell(stateOf(status, this.#wasOpen))
    if (opened) this.call('onOpen', () => this.#options.onOpen?.())
    if (status.state === 'closed' && 'error' in status.outcome) this.report(toHubError(status.outcome.error))
  }

  #tell(state: HubState): void {
    if (state === this.#state) return
    this.#state = state
    this.call('onStateChange', () => this.#options.onStateChange?.(state))
  }

  #closed(cause: unknown): void {
    const { code, reason } = closeOf(cause)
    this.#hooks.closed(code, reason)
  }

  #delivery({ kind, count, ids }: DeliveryReport): void {
    if (kind === 'dropped') return
    const delivery = kind === 'inDoubt' ? 'inDoubt' : 'notSent'
    const isRefused = kind === 'poison' || kind === 'tooLarge'
    const undelivered = isRefused ? 'message_refused' : 'send_while_disconnected'
    const code = kind === 'inDoubt' ? 'connection_error' : undelivered
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
