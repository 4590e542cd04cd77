import type { HubServerMessage } from '@holdfast/protocol/hub'

/** What a person decided. */
export interface PermissionAnswer {
  readonly id: string
  readonly granted: boolean
  /** False: nobody answered in time. */
  readonly answered: boolean
}

/** So long a question waits for somebody, in milliseconds. The work goes on without an answer. */
export const ASK_MS = 20_000

interface Open {
  readonly message: {
    readonly type: 'rpc_ui_request'
    readonly id: string
    readonly method: string
    readonly params: Readonly<Record<string, unknown>>
  }
  readonly settle: (granted: boolean, answered?: boolean) => void
}

/** Questions of the lead to whoever controls the session. Those who come later are asked, too. */
export class Questions {
  readonly #send: (message: { readonly type: string; readonly [member: string]: unknown }) => void
  readonly #open = new Map<string, Open>()

  constructor(send: (message: { readonly type: string; readonly [member: string]: unknown }) => void) {
    this.#send = send
  }

  /** Resolves with the first answer; a signal that aborts is a no, and so is nobody within `waitMs`. */
  ask(
    method: string,
    params: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
    waitMs: number = ASK_MS,
  ): Promise<PermissionAnswer> {
    const id = crypto.randomUUID()
    return new Promise((resolve) => {
      const settle = (granted: boolean, answered = true): void => {
        this.#open.delete(id)
        clearTimeout(timer)
        signal.removeEventListener('abort', refuse)
        resolve({ id, granted, answered })
      }
      const refuse = (): void => settle(false)
      const timer = setTimeout(() => settle(false, false), waitMs)
      signal.addEventListener('abort', refuse, { once: true })
      if (signal.aborted) return refuse()
      const message = { type: 'rpc_ui_request', id, method, params } as const
      this.#open.set(id, { message, settle })
      this.#send(message)
    })
  }

  /** Looks at what the hub sends: an answer, or somebody new. */
  heard(message: HubServerMessage): void {
    const { id, result }: Readonly<Record<string, unknown>> = { ...message }
    if (message.type === 'rpc_ui_response' && typeof id === 'string') {
      return this.#open.get(id)?.settle(result === true || isConfirmed(result))
    }
    const isArrival = message.type === 'presence' && 'event' in message && message.event === 'session_join'
    if (isArrival) for (const { message: asked } of this.#open.values()) this.#send(asked)
  }

  close(): void {
    for (const { settle } of [...this.#open.values()]) settle(false)
  }
}

function isConfirmed(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'confirmed' in result && result.confirmed === true
}
