import type { HubClient, HubGap, HubUiRequestContext } from '@holdfast/hub'
import type { HubConversationEntry, HubServerMessage } from '@holdfast/protocol/hub'
import type { HubRpcUiRequestMessage } from '@holdfast/protocol/hub/messages'
import { countNoun } from '../count-noun.ts'
import type { GatewayFlags } from '../endpoint.ts'
import { sessionClient } from '../hub-session.ts'
import { entryView } from '../hub-view.ts'
import { type Interruption, interruption } from '../interruption.ts'
import { type Output, outputOn } from '../output.ts'
import { ownCommand } from '../own-command.ts'
import { printable } from '../printable.ts'
import { Prompter } from '../prompter.ts'
import { askForAgent } from './agent-questions.ts'
import { AgentView } from './agent-view.ts'
import { type TurnEnd, TurnWatch } from './turn-watch.ts'

/** Entries of the conversation that are shown to a client that joins it. */
const SHOWN_ENTRIES = 20

export interface AgentFollowerParts {
  readonly sessionId: string
  readonly options: GatewayFlags
  /** Questions are answered on standard input. */
  readonly answers: boolean
  /** A caller waits for the agent's output. */
  readonly isFollowed: boolean
  /** What was said before is shown. */
  readonly isHistoryShown: boolean
}

/** A person, or a program, with an agent's session. */
export class AgentFollower {
  readonly client: HubClient
  /** The first Ctrl+C; the second one leaves at once. */
  readonly stop: Interruption = interruption()
  readonly #parts: AgentFollowerParts
  readonly #out: Output = outputOn(process.stdout)
  readonly #err: Output = outputOn(process.stderr)
  readonly #prompter: Prompter | undefined
  readonly #view: AgentView
  #again: Interruption | undefined
  #earlier: readonly HubConversationEntry[] = []
  #agent: Readonly<Record<string, unknown>> | undefined
  /** What was before is shown: nothing else may come above it. */
  #shown: Promise<void>
  /** Questions that wait at the terminal. */
  #open = 0

  constructor(parts: AgentFollowerParts) {
    this.#parts = parts
    const { options, sessionId, answers } = parts
    const json = options.json === true
    const interrupt = (): void => (this.#again ?? this.stop).interrupt()
    this.#prompter = answers
      ? new Prompter(process.stdin, json ? this.#out : this.#err, json, interrupt, process.stderr)
      : undefined
    const prompter = this.#prompter
    const isAsking = (): boolean => this.#open > 0 && prompter?.isTerminal === true
    this.#view = new AgentView({
      out: this.#out,
      err: this.#err,
      json,
      beside: () => (prompter !== undefined && isAsking() ? (text) => prompter.line(text) : undefined),
    })
    let begin = (): void => {}
    const begun = parts.isHistoryShown ? new Promise<void>((resolve) => (begin = resolve)) : Promise.resolve()
    this.#shown = begun.then(() => this.#showEarlier())
    this.client = sessionClient(
      options,
      {
        role: 'controller',
        sessionId,
        ...(parts.isFollowed ? { onUiRequest: (request, about) => this.#asked(request, about) } : {}),
        onHydration: ({ fresh, hydration }) => {
          if (!parts.isHistoryShown) return
          this.#earlier = [...this.#earlier, ...fresh]
          this.#agent = hydration.agent
          begin()
          this.#shown = this.#shown.then(() => this.#showEarlier())
        },
      },
      prompter?.isTerminal === true ? { ...this.#err, line: (text) => prompter.line(text) } : this.#err,
    )
  }

  /** What comes from now on. */
  messages(): AsyncIterableIterator<HubServerMessage | HubGap> & { return(): Promise<unknown> } {
    return this.client.messages()
  }

  /** Shows it until the turn of a prompt is over, or Ctrl+C. @returns how the turn ended; `undefined` where that was left */
  async follow(
    messages: AsyncIterable<HubServerMessage | HubGap> & { return(): Promise<unknown> },
    id: string | undefined,
  ): Promise<TurnEnd | undefined> {
    const turn = id === undefined ? undefined : new TurnWatch(id)
    this.#onStop(id, () => void messages.return())
    for await (const message of messages) {
      await this.#shown
      await this.#view.take(message)
      const end = turn?.take(message)
      if (end !== undefined) return end
    }
    return undefined
  }

  leave(): void {
    void this.client.close({ flushMs: 0 })
  }

  async close(): Promise<void> {
    this.stop.dispose()
    this.#again?.dispose()
    this.#prompter?.close()
    await this.client.close()
  }

  /** Ctrl+C cancels the turn that was asked for; where none was, or once more, it leaves. */
  #onStop(id: string | undefined, leave: () => void): void {
    const stopped = (): void => {
      if (id === undefined) return leave()
      this.#again = interruption()
      this.#again.signal.addEventListener('abort', leave, { once: true })
      void this.#err.line('holdfast: cancelling; Ctrl+C once more leaves.')
      this.client.command('cancel', '', { onDrop: 'carry' }).catch(() => {})
    }
    if (this.stop.signal.aborted) return stopped()
    this.stop.signal.addEventListener('abort', stopped, { once: true })
  }

  async #asked(request: HubRpcUiRequestMessage, { signal }: HubUiRequestContext): Promise<unknown> {
    await this.#shown
    const prompter = this.#prompter
    if (prompter !== undefined) {
      this.#open += 1
      const answer = await askForAgent(request, { asker: prompter, signal })
      this.#open -= 1
      if (answer !== undefined) return answer
    }
    if (!signal.aborted && this.#parts.options.json !== true) {
      const title = printable(String(request.params['title'] ?? 'The agent asks'))
      const where = ownCommand(`agent attach ${this.#parts.sessionId}`)
      await this.#err.line(`holdfast: the agent asks: ${title}. Nobody answers here. Try: ${where}`)
    }
    // Others may answer: none is sent from here.
    return new Promise(() => {})
  }

  async #showEarlier(): Promise<void> {
    const entries = this.#earlier.filter(({ type }) => type !== 'turn')
    const agent = this.#agent
    this.#earlier = []
    this.#agent = undefined
    if (this.#parts.options.json === true) return
    await this.#showEntries(entries)
    if (agent !== undefined) await this.#view.stands(agent)
  }

  async #showEntries(entries: readonly HubConversationEntry[]): Promise<void> {
    if (entries.length === 0) return
    const left = entries.length - SHOWN_ENTRIES
    const all = ownCommand(`session export ${this.#parts.sessionId}`)
    if (left > 0) await this.#err.line(this.#err.paint.dim(`${countNoun(left, 'event')} before these. All: ${all}`))
    for (const entry of entries.slice(-SHOWN_ENTRIES)) await this.#out.line(entryView(entry, this.#out.paint))
  }
}
