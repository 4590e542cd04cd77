import { isObject } from '@holdfast/contract/shape'
import type { Outcome } from './exchange.ts'

/** A choice that was made, and is made again where the agent has forgotten it. */
export interface Choice {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
}

/** What an agent offers in a session, as it stands: its modes and options, and what was chosen. */
export class AgentInfo {
  #modes: Readonly<Record<string, unknown>> | undefined
  #options: readonly unknown[] | undefined
  #others: Readonly<Record<string, unknown>> = {}
  readonly #choices = new Map<string, Choice>()

  /** What was chosen, in order: one of a kind. */
  get choices(): readonly Choice[] {
    return [...this.#choices.values()]
  }

  /** As the answer to `session/new` and `session/load` tells it. */
  get answer(): Readonly<Record<string, unknown>> {
    return {
      ...this.#others,
      ...(this.#modes === undefined ? {} : { modes: this.#modes }),
      ...(this.#options === undefined ? {} : { configOptions: this.#options }),
    }
  }

  /** The agent has opened the session. */
  opened(result: unknown): void {
    if (!isObject(result)) return
    const { sessionId: _session, modes, configOptions, ...others } = result
    this.#others = others
    if (isObject(modes)) this.#modes = modes
    if (Array.isArray(configOptions)) this.#options = configOptions
  }

  update(update: unknown): void {
    if (!isObject(update)) return
    const { sessionUpdate, currentModeId, configOptions } = update
    if (sessionUpdate === 'current_mode_update' && typeof currentModeId === 'string') {
      this.#modes = { ...this.#modes, currentModeId }
    }
    if (sessionUpdate === 'config_option_update' && Array.isArray(configOptions)) this.#options = configOptions
  }

  /** A choice was answered. */
  chosen({ method, params }: Choice, outcome: Outcome): void {
    if (!('result' in outcome)) return
    const { modeId, configId } = params
    const key = `${method} ${typeof configId === 'string' ? configId : ''}`
    this.#choices.delete(key)
    this.#choices.set(key, { method, params })
    if (method === 'session/set_mode' && this.#modes !== undefined)
      this.#modes = { ...this.#modes, currentModeId: modeId }
    const { result } = outcome
    if (isObject(result) && Array.isArray(result['configOptions'])) this.#options = result['configOptions']
  }
}
