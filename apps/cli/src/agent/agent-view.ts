import type { HubGap } from '@holdfast/hub'
import { type HubServerMessage, isKnownHubServerMessage } from '@holdfast/protocol/hub'
import { type Fields, fieldsOf, textOf } from '../gateway/gateway-api.ts'
import { isGap } from '../hub-messages.ts'
import type { Output } from '../output.ts'
import { printable } from '../printable.ts'

/** Of a thought, and of what a tool came to. */
const MAX_ASIDE = 500
/** Tools that are at work. */
const MAX_TOOLS = 1_000

/** Where an agent's words go. */
export interface AgentViewParts {
  /** What it says. */
  readonly out: Output
  /** What it thinks and does. */
  readonly err: Output
  readonly json: boolean
  /** A line beside a question that waits at the terminal; `undefined` while none does. */
  readonly beside: () => ((text: string) => Promise<void>) | undefined
}

/** Shows what an agent says as it comes, and what it does in a line each. */
export class AgentView {
  readonly #parts: AgentViewParts
  /** The end of what was streamed of the message that is being said. */
  #last: string | undefined
  #lastPlan: string | undefined
  /** What tools are called: only their beginning says it. */
  readonly #tools = new Map<unknown, string>()

  constructor(parts: AgentViewParts) {
    this.#parts = parts
  }

  async take(message: HubServerMessage | HubGap): Promise<void> {
    const { out, err, json } = this.#parts
    if (json) return out.json(message)
    if (isGap(message)) return this.#aside(err.paint.yellow('-- events are missing here --'))
    if (isKnownHubServerMessage(message) && message.type === 'broadcast')
      await this.#event(message.event, fieldsOf(message.data))
  }

  /** A client that joins late gets the state of the agent. */
  async stands(agent: Fields): Promise<void> {
    if (!this.#parts.json) await this.#plan(fieldsOf(agent['plan'])['entries'])
  }

  async #event(name: string, data: Fields): Promise<void> {
    const { paint } = this.#parts.err
    switch (name) {
      case 'message_update':
        return this.#said(textOf(data['delta']))
      case 'message_end':
        return this.#ended(textOf(data['content']))
      case 'thinking_end':
        return this.#aside(paint.dim(brief(textOf(data['thinking']))))
      case 'tool_call':
        this.#called(data)
        return this.#aside(paint.cyan(`· ${brief(textOf(data['toolName']))}`))
      case 'tool_result':
        return this.#tool(data)
      case 'plan_updated':
        return this.#plan(data['entries'])
      case 'session_error':
        return this.#aside(paint.red(printable(textOf(data['error']))))
      case 'permission_answered': {
        const by = textOf(data['by'])
        return this.#aside(
          paint.dim(`answered: ${textOf(data['optionId']) || textOf(data['outcome'])}${by === '' ? '' : ` (${by})`}`),
        )
      }
    }
  }

  /** Streamed; while a question waits at the terminal it comes whole, at its end. */
  async #said(delta: string): Promise<void> {
    if (delta === '' || this.#parts.beside() !== undefined) return
    const text = printable(delta)
    await this.#parts.out.write(text)
    this.#last = text
  }

  async #ended(content: string): Promise<void> {
    const wasStreamed = this.#last !== undefined
    await this.#endLine()
    if (wasStreamed || content === '') return
    const text = printable(content).trimEnd()
    await (this.#parts.beside() ?? this.#parts.out.line)(text)
  }

  #called({ toolCallId, toolName }: Fields): void {
    this.#tools.set(toolCallId, textOf(toolName))
    const [oldest] = this.#tools.keys()
    if (this.#tools.size > MAX_TOOLS) this.#tools.delete(oldest)
  }

  async #tool({ toolCallId, toolName, isError, content }: Fields): Promise<void> {
    const { paint } = this.#parts.err
    const name = textOf(toolName) || this.#tools.get(toolCallId) || ''
    this.#tools.delete(toolCallId)
    const words = [name, textOf(content)].filter((text) => text !== '').map(brief)
    const text = words.join(': ')
    await this.#aside(isError === true ? paint.red(`  ✗ ${text}`) : paint.green(`  ✓ ${text}`))
  }

  /** A plan that was shown comes again with each hydration. */
  async #plan(entries: unknown): Promise<void> {
    const plan = JSON.stringify(entries)
    if (plan === this.#lastPlan) return
    this.#lastPlan = plan
    for (const entry of Array.isArray(entries) ? entries : []) {
      const { content, status } = fieldsOf(entry)
      const mark = status === 'completed' ? '☑' : status === 'in_progress' ? '▸' : '☐'
      await this.#aside(`${mark} ${brief(textOf(content))}`)
    }
  }

  async #aside(text: string): Promise<void> {
    const beside = this.#parts.beside()
    if (beside !== undefined) return beside(text)
    if (this.#parts.out.isTerminal) await this.#endLine()
    await this.#parts.err.line(text)
  }

  async #endLine(): Promise<void> {
    if (this.#last !== undefined && !this.#last.endsWith('\n')) await this.#parts.out.write('\n')
    this.#last = undefined
  }
}

function brief(text: string): string {
  const shown = printable(text).trim()
  return shown.length <= MAX_ASIDE ? shown : `${shown.slice(0, MAX_ASIDE)} …`
}
