import type { HubAction } from '@holdfast/protocol/hub'
import type { LeadRequest } from '../context.ts'
import type { SenderNumber } from '../state/records.ts'
import type { SessionCore } from './session-core.ts'

/** What a hook that throws comes to. */
export const UNDECIDED: readonly HubAction[] = [{ action: 'BLOCK', reason: 'The hub failed to decide.' }]

/** Who asks. */
export interface Asker {
  readonly asker: string
  /** The number of a request that waits. */
  readonly approval?: number | undefined
  readonly sender?: SenderNumber | undefined
}

/** The hub's own answers to requests of leads, where somebody wants to give them. One at a time for each request. */
export class RequestHandlers {
  readonly #session: SessionCore
  readonly #running = new Set<string>()

  constructor(session: SessionCore) {
    this.#session = session
  }

  /**
   * Asks the handlers. Their answer goes into the log, and from there to the lead. Undefined where a plain ACK is to
   * be sent; empty where the answer will come by itself.
   */
  async ask(request: LeadRequest, { asker, approval, sender }: Asker): Promise<readonly HubAction[] | undefined> {
    const { id } = request.message
    const key = `${asker} ${id}`
    if (this.#running.has(key)) return []
    this.#running.add(key)
    try {
      const actions = await this.#first(request)
      if (actions === undefined) return undefined
      if (approval !== undefined) await this.#session.settle(approval, actions)
      else await this.#session.append({ t: 'answer', wireId: '', asker, id, actions, sender })
      return actions
    } finally {
      this.#running.delete(key)
    }
  }

  /** The first handler that has an answer. One that throws blocks what it was asked for. */
  async #first(request: LeadRequest): Promise<readonly HubAction[] | undefined> {
    const { handlers, context } = this.#session
    const { onRequest } = context.hooks
    for (const handler of [...handlers, ...(onRequest === undefined ? [] : [onRequest])]) {
      try {
        const actions = await handler(request)
        if (actions !== undefined) return actions
      } catch (error) {
        context.logger.error('a request handler failed', { sessionId: request.sessionId, error: String(error) })
        return UNDECIDED
      }
    }
    return undefined
  }
}
