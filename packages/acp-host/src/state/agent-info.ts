import { isObject } from '@holdfast/contract/shape'
import type { Outcome } from './turn-types.ts'

/** A choice that was made, and is made again where the agent has forgotten it. */
export interface Choice {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
}

/** Updates that replace the one before, by the name under which they are kept. */
const KEPT: Readonly<Record<string, string>> = {
  plan: 'plan',
  usage_update: 'usage',
  available_commands_update: 'commands',
}

/** What an agent offers in a session, as it stands: its modes and options, and what was chosen. */
export class AgentInfo {
  #modes: Readonly<Record<string, unknown>> | undefined
  #options: readonly unknown[] | undefined
  #others: Readonly<Record<string, unknown>> = {}
  readonly #choices = new Map<string, Choice>()
  /** The newest of each kind of update that stands for what was before it. */
  readonly #latest = new Map<string, Readonly<Record<string, unknown>>>()

  /** What was chosen, in order: one of a kind. */
  get choices(): readonly Choice[] {
    return [...this.#choices.values()]
  }

  /** As in the answer to `session/new` and `session/load`. */
  get answer(): Readonly<Record<string, unknown>> {
    return {
      ...this.#others,
      ...(this.#modes === undefined ? {} : { modes: this.#modes }),
      ...(this.#options === undefined ? {} : { configOptions: this.#options }),
    }
  }

  /** As a client that joins needs it. */
  get shown(): Readonly<Record<string, unknown>> {
    const { modes, configOptions } = this.answer
    return { modes, configOptions, ...Object.fromEntries(this.#latest) }
  }

  /** The updates of the agent that stand for what was before them, as last received. */
  get updates(): readonly Readonly<Record<string, unknown>>[] {
    const names = new Map(Object.entries(KEPT).map(([sessionUpdate, name]) => [name, sessionUpdate]))
    return [...this.#latest].map(([name, update]) => ({ sessionUpdate: names.get(name), ...update }))
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
    const { sessionUpdate, currentModeId, configOptions, ...others } = update
    const kept = typeof sessionUpdate === 'string' ? KEPT[sessionUpdate] : undefined
    if (kept !== undefined) this.#latest.set(kept, others)
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
