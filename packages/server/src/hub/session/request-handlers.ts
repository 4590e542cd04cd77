import type { HubAction } from '@holdfast/protocol/hub'
import type { LeadRequest } from '../context.ts'
import { HubError, refusalOf } from '../errors.ts'
import type { SenderNumber } from '../state/records.ts'
import type { SessionCore } from './session-core.ts'

/** What a hook that throws comes to. */
export const UNDECIDED: readonly HubAction[] = [{ action: 'BLOCK', reason: 'The hub failed to decide.' }]
const TOO_LARGE: readonly HubAction[] = [{ action: 'BLOCK', reason: 'The answer is larger than the log has room for.' }]

/** Who asks. */
export interface Asker {
  readonly asker: string
  /** The number of a request that waits. */
  readonly approval?: number | undefined
  readonly sender?: SenderNumber | undefined
}

/** The hub's own answers to requests of leads, where the application has them. One at a time for each request. */
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
  async ask(request: LeadRequest, who: Asker): Promise<readonly HubAction[] | undefined> {
    const { id } = request.message
    const key = `${who.asker} ${id}`
    if (this.#running.has(key)) return []
    this.#running.add(key)
    try {
      const actions = await this.#first(request)
      if (actions === undefined) return undefined
      return await this.#answer(id, actions, who)
    } finally {
      this.#running.delete(key)
    }
  }

  /** @returns what was answered: that the log has no room for an answer, where it has none. @throws HubError */
  async #answer(id: string, actions: readonly HubAction[], who: Asker): Promise<readonly HubAction[]> {
    try {
      await this.#write(id, actions, who)
      return actions
    } catch (error) {
      if (!(error instanceof HubError) || error.code !== 'hub/too_large' || actions === TOO_LARGE) throw error
      const { context, sessionId } = this.#session
      context.logger.error('a request handler answered more than the log has room for', { sessionId })
      return this.#answer(id, TOO_LARGE, who)
    }
  }

  async #write(id: string, actions: readonly HubAction[], { asker, approval, sender }: Asker): Promise<void> {
    if (approval !== undefined) return void (await this.#session.settle(approval, actions))
    const refusal = refusalOf(await this.#session.append({ t: 'answer', wireId: '', asker, id, actions, sender }))
    if (refusal !== undefined) throw refusal
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
