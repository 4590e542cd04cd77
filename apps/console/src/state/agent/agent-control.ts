import type { HubClient } from '@holdfast/hub'
import type { HubResponse } from '@holdfast/protocol/hub'
import { fieldsOf } from '../entries.ts'
import { ANSWER_MS } from '../joining.ts'
import { wordsOf } from '../request.ts'
import type { AgentChoice, AgentState } from './agent-state.ts'

export interface AgentControlParts {
  readonly state: AgentState
  readonly client: HubClient
  /** Counts what a person sends until it is confirmed. */
  readonly sent: <T>(sending: PromiseLike<T>) => Promise<T>
  /** Shows the person something in the conversation. */
  readonly say: (text: string) => void
  readonly changed: () => void
}

/** What a person can do with a coding agent beside prompting and answering it. */
export class AgentControl {
  readonly #parts: AgentControlParts

  constructor(parts: AgentControlParts) {
    this.#parts = parts
  }

  /** Asks for its state: events have only changes. */
  async load(): Promise<void> {
    const { client, state, changed } = this.#parts
    const { actions } = await client.event('agent_state', {}, { onDrop: 'carry', timeoutMs: ANSWER_MS })
    const [answer] = actions
    if (answer?.action === 'RETURN' && 'result' in answer) state.load(fieldsOf(answer.result))
    changed()
  }

  /** Ends its turn. */
  async cancel(): Promise<void> {
    const { client } = this.#parts
    await this.#ask(() => client.command('cancel', '', { onDrop: 'carry', timeoutMs: ANSWER_MS }))
  }

  /** Chooses a mode, or an option. */
  async choose({ configId }: AgentChoice, value: string): Promise<void> {
    const { client } = this.#parts
    const options = { onDrop: 'carry', timeoutMs: ANSWER_MS } as const
    await this.#ask(() =>
      configId === undefined
        ? client.event('set_mode', { modeId: value }, options)
        : client.event('set_config_option', { configId, value }, options),
    )
  }

  async #ask(asking: () => Promise<HubResponse>): Promise<void> {
    const { sent, say, changed } = this.#parts
    try {
      const { actions } = await sent(asking())
      const block = actions.find(({ action }) => action === 'BLOCK')
      if (block !== undefined && 'reason' in block) say(`The agent did not do it: ${block.reason}`)
    } catch (error) {
      say(`It was not delivered: ${wordsOf(error)}`)
    }
    changed()
  }
}
