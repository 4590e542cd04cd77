import type { Fields, HubHydrationMessage } from '@holdfast/protocol/hub'
import { fieldsOf, isFields } from '../entries.ts'

/** One step of an agent's plan. */
export interface PlanEntry {
  readonly content: string
  readonly status: string
}

/** Something that can be chosen of an agent: its mode, or an option of its own. */
export interface AgentChoice {
  /** Undefined: the mode. */
  readonly configId: string | undefined
  readonly name: string
  readonly current: string
  readonly values: readonly { readonly value: string; readonly name: string }[]
}

/** The state of a coding agent in a session, as it last reported it. */
export class AgentState {
  /** The session is an agent's. */
  isThere = false
  /** A turn is running. */
  isWorking = false
  plan: readonly PlanEntry[] = []
  usage: { readonly used: number; readonly size: number } | undefined
  #modes: Fields = {}
  #options: readonly unknown[] = []

  /** All of it, as the agent's host sends it to a client that joins. */
  load(state: Fields): void {
    this.isThere = true
    this.isWorking = state['isWorking'] === true
    this.#chosen(state)
    this.#planned(fieldsOf(state['plan']))
    this.#used(fieldsOf(state['usage']))
  }

  /** What a client that joins gets of it. */
  hydrate({ agent, streamingState }: HubHydrationMessage): void {
    if (agent !== undefined) this.load({ ...agent, isWorking: streamingState?.isStreaming })
  }

  event(event: string, data: Fields): void {
    switch (event) {
      case 'turn_start':
        this.isWorking = true
        break
      case 'turn_end':
        this.isWorking = false
        break
      case 'plan_updated':
        return this.#planned(data)
      case 'usage_update':
        return this.#used(data)
      case 'current_mode_update':
        this.#modes = { ...this.#modes, currentModeId: data['currentModeId'] }
        break
      case 'agent_options':
      case 'config_option_update':
        return this.#chosen(data)
    }
  }

  get choices(): readonly AgentChoice[] {
    const { currentModeId, availableModes } = this.#modes
    const mode = {
      configId: undefined,
      name: 'Mode',
      current: textOf(currentModeId),
      values: valuesOf(availableModes, 'id'),
    }
    const options = this.#options.map((option) => {
      const { id, name, currentValue, options: values } = fieldsOf(option)
      const common = { configId: textOf(id), name: textOf(name), current: textOf(currentValue) }
      return { ...common, values: valuesOf(values, 'value') }
    })
    return [mode, ...options].filter(({ values }) => values.length > 1)
  }

  #chosen({ modes, configOptions }: Fields): void {
    if (isFields(modes)) this.#modes = modes
    if (Array.isArray(configOptions)) this.#options = configOptions
  }

  #planned({ entries }: Fields): void {
    if (!Array.isArray(entries)) return
    this.plan = entries.map((entry: unknown) => {
      const { content, status } = fieldsOf(entry)
      return { content: textOf(content), status: textOf(status) }
    })
  }

  #used({ used, size }: Fields): void {
    if (typeof used === 'number' && typeof size === 'number') this.usage = { used, size }
  }
}

/** Values may be in groups. */
function valuesOf(values: unknown, key: string): AgentChoice['values'] {
  return (Array.isArray(values) ? values : []).flatMap((one: unknown) => {
    const { [key]: value, name, options } = fieldsOf(one)
    if (Array.isArray(options)) return valuesOf(options, key)
    return typeof value === 'string' ? [{ value, name: textOf(name) || value }] : []
  })
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
