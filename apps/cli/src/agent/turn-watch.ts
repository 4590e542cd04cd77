import type { HubGap } from '@holdfast/hub'
import { type HubServerMessage, isKnownHubServerMessage } from '@holdfast/protocol/hub'
import { fieldsOf, textOf } from '../gateway/gateway-api.ts'
import { isGap } from '../hub-messages.ts'

/** How a turn ended: `stopReason` as the agent has it, `failed`, or `removed` where it never began. */
export interface TurnEnd {
  readonly stopReason: string
  readonly why?: string | undefined
}

/** Finds the end of the turn that one prompt has. */
export class TurnWatch {
  readonly #id: string
  #turn: unknown
  #error: string | undefined
  /** Events are missing: the prompt's own may be among them. */
  #isBlind = false

  /** @param id of the request with which the prompt was sent */
  constructor(id: string) {
    this.#id = id
  }

  take(message: HubServerMessage | HubGap): TurnEnd | undefined {
    if (isGap(message)) {
      this.#isBlind = true
      return undefined
    }
    if (!isKnownHubServerMessage(message) || message.type !== 'broadcast') return undefined
    const { id, turnId, stopReason, reason, error } = fieldsOf(message.data)
    switch (message.event) {
      case 'steer_taken':
        if (id === this.#id) this.#turn = turnId
        return undefined
      case 'steer_removed':
        return id === this.#id
          ? { stopReason: reason === 'cancelled' ? 'cancelled' : 'removed', why: textOf(reason) }
          : undefined
      case 'turn_start':
        this.#error = undefined
        return undefined
      case 'session_error':
        this.#error = textOf(error)
        return undefined
      case 'turn_end': {
        const isOurs = this.#turn === undefined ? this.#isBlind : turnId === this.#turn
        return isOurs ? { stopReason: textOf(stopReason) || 'end_turn', why: this.#error } : undefined
      }
      default:
        return undefined
    }
  }
}
