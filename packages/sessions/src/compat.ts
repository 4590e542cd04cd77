import type { Transport } from '@holdfast/core'
import { callBack, follow } from '@holdfast/core/internals'
import type { SessionControlInner, SessionControlResponse, SessionMessage } from '@holdfast/protocol/sessions'
import { SessionsError } from './errors.ts'
import type { SessionEvents, SessionSubscriptionOptions } from './options.ts'
import { SessionSubscription } from './session-subscription.ts'

/** The callbacks of sessions §3. */
export interface SessionsWebSocketCallbacks {
  readonly onMessage: (message: SessionMessage) => void
  readonly onConnected?: (() => void) | undefined
  /** A transient close; another attempt follows. */
  readonly onReconnecting?: (() => void) | undefined
  /** Over for good, and not because of `close()`. */
  readonly onClose?: (() => void) | undefined
  readonly onError?: ((error: Error) => void) | undefined
}

/** What the constructor takes beside the positional arguments. */
export interface SessionsWebSocketOptions
  extends Omit<
    SessionSubscriptionOptions,
    'sessionId' | 'organizationId' | 'token' | 'url' | `on${Capitalize<keyof SessionEvents>}`
  > {
  readonly transport: Transport
  /** @defaultValue `wss://api.anthropic.com` */
  readonly url?: SessionSubscriptionOptions['url'] | undefined
}

/**
 * How long the replaced class continues in one outage (sessions §2), each wait 2 s or a little more: no caller that waited so long
 * waits shorter with ours. A subscription of ours is more patient.
 */
const RETRY = {
  missingRetries: 3,
  retry: { preset: 'fleet', maxAttempts: 5, schedule: () => 2_500, jitter: 0.2 },
} as const satisfies Partial<SessionSubscriptionOptions>

/** {@link SessionSubscription} under the names and shapes of sessions §3, for those who migrate. */
export class SessionsWebSocket {
  readonly #subscription: SessionSubscription

  /** @throws `sessions/invalid_option` */
  constructor(
    sessionId: string,
    organizationId: string,
    getAccessToken: () => string | Promise<string>,
    callbacks: SessionsWebSocketCallbacks,
    options: SessionsWebSocketOptions,
  ) {
    this.#subscription = new SessionSubscription({
      // The published class calls its callbacks at once and waits for none of them.
      concurrency: Number.POSITIVE_INFINITY,
      // It counts from 1 again as soon as it is connected: here, with the first sign of life.
      stableAfterMs: 0,
      ...RETRY,
      ...options,
      url: options.url ?? 'wss://api.anthropic.com',
      sessionId,
      organizationId,
      token: getAccessToken,
    })
    this.#listen(callbacks)
  }

  #listen(callbacks: SessionsWebSocketCallbacks): void {
    const subscription = this.#subscription
    const reported = (error: Error): unknown => follow(callbacks.onError?.(error), () => {})
    const call = (name: string, run: () => unknown): PromiseLike<unknown> | undefined => {
      return callBack(run, (cause) =>
        reported(new SessionsError('sessions/callback_failed', `${name} threw`, {}, cause)),
      )
    }
    subscription.on('status', ({ status, previous }) => {
      if (status.state === previous.state) return
      if (status.state === 'open') call('onConnected', () => callbacks.onConnected?.())
      if (status.state === 'waiting') call('onReconnecting', () => callbacks.onReconnecting?.())
    })
    subscription.on('message', (message) => call('onMessage', () => callbacks.onMessage(message)))
    subscription.on('problem', (problem) => void reported(problem))
    subscription.on('delivery', ({ kind, count }) => {
      reported(new SessionsError('sessions/refused', `${count} messages: ${kind}`))
    })
    subscription.on('closed', ({ error }) => {
      if (error !== undefined)
        call('onClose', () => all([() => callbacks.onError?.(error), () => callbacks.onClose?.()]))
    })
  }

  /** Resolves when connected or over; failures are reported through the callbacks. */
  async connect(): Promise<void> {
    await this.#subscription.connect().catch(() => {})
  }

  close(): void {
    void this.#subscription.close()
  }

  reconnect(): void {
    this.#subscription.reconnect()
  }

  isConnected(): boolean {
    return this.#subscription.status.state === 'open'
  }

  /** The answer survives a drop. */
  sendControlResponse(message: SessionControlResponse): void {
    this.#subscription.sendControlResponse(message.response)
  }

  /** Its answer comes to `onMessage` as a `control_response`. Answers the `request_id` that was made for it. */
  sendControlRequest(request: SessionControlInner): string {
    const id = crypto.randomUUID()
    this.#subscription.send({ type: 'control_request', request_id: id, request }, { delivery: 'retry', id })
    return id
  }
}

/** Calls each, whatever another throws; what one throws or rejects with is for who follows the promise. */
function all(calls: readonly (() => void)[]): Promise<unknown> {
  // The function of a promise runs at once.
  return Promise.all(calls.map((call) => new Promise((resolve) => resolve(call()))))
}
