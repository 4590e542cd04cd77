import type { HubServerMessage } from '@holdfast/protocol/hub'

/** What a person decided. */
export interface PermissionAnswer {
  readonly id: string
  readonly granted: boolean
  /** False: there was no answer in time. */
  readonly answered: boolean
}

/** So long a question waits for an answer, in milliseconds. The work continues without an answer. */
const ASK_MS = 20_000

interface Open {
  readonly settle: (granted: boolean, answered?: boolean) => void
  readonly refuse: () => void
}

/** Why an unanswered question is over, as controllers read it. */
const NOBODY = { cancelled: true, reason: 'Nobody answered in time.' }
const ENDED = { cancelled: true, reason: 'The lead has stopped.' }

/**
 * Questions of the lead to the session's controllers. The gateway asks those who come later, until the question is over:
 * an unanswered one is ended here.
 */
export class Questions {
  readonly #send: (message: { readonly type: string; readonly [member: string]: unknown }) => void
  readonly #open = new Map<string, Open>()

  constructor(send: (message: { readonly type: string; readonly [member: string]: unknown }) => void) {
    this.#send = send
  }

  /** What is still open. */
  get count(): number {
    return this.#open.size
  }

  /** Resolves with the first answer; an aborted signal is a no, and so is no answer within `waitMs`. */
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
      const end = (result: typeof NOBODY, answered: boolean): void => {
        this.#send({ type: 'rpc_ui_response', id, result })
        settle(false, answered)
      }
      const refuse = (): void => end(ENDED, true)
      const timer = setTimeout(() => end(NOBODY, false), waitMs)
      if (signal.aborted) return settle(false)
      signal.addEventListener('abort', refuse, { once: true })
      this.#open.set(id, { settle, refuse })
      this.#send({ type: 'rpc_ui_request', id, method, params })
    })
  }

  /** Looks at what the hub sends: an answer. */
  receive(message: HubServerMessage): void {
    const { id, result }: Readonly<Record<string, unknown>> = { ...message }
    if (message.type === 'rpc_ui_response' && typeof id === 'string') {
      return this.#open.get(id)?.settle(result === true || isConfirmed(result))
    }
  }

  close(): void {
    for (const { refuse } of [...this.#open.values()]) refuse()
  }
}

function isConfirmed(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'confirmed' in result && result.confirmed === true
}
