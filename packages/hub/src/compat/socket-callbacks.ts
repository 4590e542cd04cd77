import { callBack } from '@holdfast/core/internals'
import type { HubInitMessage, HubServerMessage } from '@holdfast/protocol/hub'
import { HubError } from '../errors.ts'
import type { HubState, PublishedCallbacks, PublishedHooks } from './published-events.ts'

/** The callbacks of the published client. All but `error` may throw, or return promises that reject. */
export interface SocketCallbacks {
  init(init: HubInitMessage): unknown
  open(): unknown
  message(message: HubServerMessage): unknown
  state(state: HubState): unknown
  error(error: HubError): void
  close(code: number, reason: string): unknown
}

/** How an ending without a close frame looks: as the published client closes, or as RFC 6455 §7.4.1 has it. */
const REFUSED = { code: 4401, reason: 'Auth failed' }
const SILENT = { code: 1000, reason: 'Heartbeat timeout' }
const NO_FRAME = { code: 1006, reason: '' }

/** How the last connection ended. */
interface Ending {
  readonly code: number | undefined
  readonly reason: string
}

/**
 * The callbacks of our client in the published order: state, `init`, open, messages; and at the end state, error, close.
 * What came during the handshake waits until the client is open.
 */
export class SocketOrder {
  readonly #callbacks: SocketCallbacks
  readonly #retries: boolean
  #state: HubState = 'closed'
  #init: HubInitMessage | undefined
  #early: HubServerMessage[] | undefined = []
  #ending: Ending | undefined
  #isClosing = false
  /** Over, and not because the program closed: the error that says why comes next. */
  #isOver = false
  /** The last connection was usable when it ended. */
  wasReady = false

  /** `retries`: the last of them reports its close before the error that they are spent. */
  constructor(callbacks: SocketCallbacks, retries: boolean) {
    this.#callbacks = callbacks
    this.#retries = retries
  }

  /** For {@link PublishedEvents}. */
  get callbacks(): PublishedCallbacks {
    return { onStateChange: (state) => this.#changed(state), onOpen: () => this.#opened() }
  }

  get hooks(): PublishedHooks {
    return {
      closed: (code, reason) => {
        this.#ending = { code, reason }
      },
      failed: (error) => this.#failed(error),
    }
  }

  init(init: HubInitMessage): void {
    this.#init = init
  }

  /** Returns when an async callback is done with it. */
  message(message: HubServerMessage): PromiseLike<unknown> | undefined {
    if (this.#early === undefined) return this.#call('onMessage', () => this.#callbacks.message(message))
    this.#early.push(message)
    return undefined
  }

  #changed(state: HubState): void {
    const previous = this.#state
    this.#state = state
    const isUp = state === 'connected'
    if (!isUp) this.#early ??= []
    this.#isOver = state === 'closed' && !this.#isClosing
    if (state !== 'closed') this.#isClosing = false
    if (previous === 'connected' || state === 'closed') this.wasReady = previous === 'connected'
    this.#call('onStateChange', () => this.#callbacks.state(state))
    const init = this.#init
    this.#init = undefined
    if (isUp && init !== undefined) this.#call('onInit', () => this.#callbacks.init(init))
    // The final failure is reported by an error, which comes before the close.
    if (state === 'reconnecting') this.#close()
  }

  #opened(): void {
    this.#call('onOpen', () => this.#callbacks.open())
    const early = this.#early ?? []
    this.#early = undefined
    for (const message of early) this.#call('onMessage', () => this.#callbacks.message(message))
  }

  #failed(error: HubError): void {
    if (!this.#isOver || error.code === 'hub/callback_failed') return this.#callbacks.error(error)
    this.#isOver = false
    // The last dial may not have become a connection, whose end would be reported.
    const ending = this.#ending ?? { code: undefined, reason: '' }
    this.#ending = undefined
    const isSpent = error.code === 'hub/max_reconnects_exceeded' && this.#retries
    if (isSpent) this.#emitClose(ending, error)
    this.#callbacks.error(error)
    if (!isSpent) this.#emitClose(ending, error)
  }

  /** The program closed: the published client reports nothing then. */
  closedByUs(): void {
    this.#ending = undefined
    this.#isClosing = true
  }

  #close(): void {
    const ending = this.#ending
    this.#ending = undefined
    if (ending !== undefined) this.#emitClose(ending)
  }

  #emitClose({ code, reason }: Ending, error?: HubError): void {
    const isRefusal = error?.code === 'hub/auth_failed' && reason === 'handshake'
    const unseen = isRefusal ? REFUSED : reason === 'liveness' ? SILENT : NO_FRAME
    const ending = code === undefined ? unseen : { code, reason }
    this.#call('onClose', () => this.#callbacks.close(ending.code, ending.reason))
  }

  /** One that fails harms none of the others. */
  #call(name: string, run: () => unknown): PromiseLike<unknown> | undefined {
    return callBack(run, (error) =>
      this.#callbacks.error(new HubError('hub/callback_failed', `${name} threw`, { reason: name }, error)),
    )
  }
}
