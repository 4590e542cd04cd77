import type { HubOptions } from '@holdfast/hub'
import type { Output } from './output.ts'

/** Whether a session has a lead. Where it has none, that is said at once: a request waits for one. */
export class LeadWatch {
  /** No lead is in the session. False until the session has said so. */
  isMissing = false
  readonly #sessionId: string
  readonly #err: Output | undefined

  /** @param err where it is said; undefined where nothing waits for a lead */
  constructor(sessionId: string, err: Output | undefined) {
    this.#sessionId = sessionId
    this.#err = err
  }

  /** For the client of the session. */
  readonly handlers: Pick<HubOptions, 'onHydration' | 'onMessage'> = {
    onHydration: ({ hydration: { leadConnected } }) => {
      if (leadConnected !== false || this.isMissing) return
      this.isMissing = true
      void this.#err?.line(`No lead is in ${this.#sessionId}; waiting 30 s for one.`)
    },
    onMessage: (message) => {
      if (message.type !== 'presence' || !('participant' in message)) return
      const { role }: { readonly role?: unknown } = { ...Object(message.participant) }
      if (role === 'lead') this.isMissing = message.event === 'session_leave'
    },
  }
}
