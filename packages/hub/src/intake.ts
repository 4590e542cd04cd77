import { type HubServerMessage, readHubStamp } from '@holdfast/protocol/hub'
import { type Acknowledger, CallbackConsumer, isThenable } from './acknowledger.ts'
import { answerOf, isHubRequest, isUiRequest, resultOf } from './answering.ts'
import type { ClientEvents } from './client-events.ts'
import { FreshEntries } from './fresh-entries.ts'
import type { HubOutgoing } from './handshake.ts'
import { isHydration } from './message-kinds.ts'
import type { HubOptions } from './options.ts'
import type { SessionPosition } from './session-position.ts'

/** What the intake needs of its client. */
export interface IntakeParts {
  readonly options: HubOptions
  readonly events: ClientEvents
  readonly position: SessionPosition
  readonly acks: Acknowledger
  readonly send: (message: HubOutgoing) => void
}

/** Gives messages to the application's callbacks, and keeps account of what they are done with. */
export class Intake {
  readonly #parts: IntakeParts
  readonly #callbacks = new CallbackConsumer()
  readonly #entries = new FreshEntries()

  constructor(parts: IntakeParts) {
    this.#parts = parts
    parts.acks.join(this.#callbacks)
  }

  /** For everybody who listens. */
  message(message: HubServerMessage): void {
    const { options, events } = this.#parts
    const { onMessage, onHydration } = options
    if (onHydration !== undefined && isHydration(message)) {
      events.call('onHydration', () => onHydration(message, this.#entries.of(message.entries)))
    }
    if (onMessage === undefined) return
    // For every message: nothing is made but what is needed.
    try {
      const returned = onMessage(message)
      if (isThenable(returned)) this.#follow(message, 'onMessage', returned)
    } catch (error) {
      events.threw('onMessage', error)
    }
  }

  /** Requests of a controller to this lead, and of the driver to this controller. True: it was one, and is answered. */
  asksUs(message: HubServerMessage): boolean {
    if (message.type === 'broadcast') return false
    const { options, events, send } = this.#parts
    const { onRequest, onUiRequest } = options
    const threw = (name: string) => (error: unknown) => events.threw(name, error)
    if (onRequest !== undefined && isHubRequest(message)) {
      const answer = async (): Promise<void> => {
        send({ id: message.id, actions: await answerOf(() => onRequest(message), threw('onRequest')) })
      }
      this.#follow(message, 'onRequest', answer())
      return true
    }
    if (onUiRequest === undefined || !isUiRequest(message)) return false
    const answer = async (): Promise<void> => {
      const result = await resultOf(() => onUiRequest(message), threw('onUiRequest'))
      send({ type: 'rpc_ui_response', id: message.id, result })
    }
    this.#follow(message, 'onUiRequest', answer())
    return true
  }

  /** The event of a callback is processed when what it returned has settled. */
  #follow(message: HubServerMessage, name: string, returned: PromiseLike<unknown>): void {
    const { events, position, acks } = this.#parts
    const seq = position.active ? readHubStamp(message)?.seq : undefined
    this.#callbacks.follow(seq, returned, (error) => {
      if (error !== undefined) events.threw(name, error)
      if (seq !== undefined) acks.progress()
    })
  }
}
