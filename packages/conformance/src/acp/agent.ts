/** A line of JSON of a client. */
interface Incoming {
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: unknown
  readonly result?: unknown
}

/** A turn that is under way. */
interface Turn {
  readonly id: unknown
  cancelled: () => void
}

const OPTIONS = [
  { optionId: 'yes', name: 'Yes', kind: 'allow_once' },
  { optionId: 'no', name: 'No', kind: 'reject_once' },
]

function memberOf(value: unknown, ...path: readonly string[]): unknown {
  let found = value
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined
    found = Object.entries(found).find(([key]) => key === name)?.[1]
  }
  return found
}

/**
 * The agent whose prompts the rows write: `say WORDS` streams each word, `ask TITLE` asks for a permission and streams what was
 * chosen, `later MS PROMPT` does it after so many milliseconds. It keeps nothing. `write`: one line to its client.
 */
export class ConformanceAgent {
  readonly #write: (line: string) => void
  readonly #turns = new Map<unknown, Turn>()
  readonly #asked = new Map<unknown, (outcome: string) => void>()
  #count = 0

  constructor(write: (line: string) => void) {
    this.#write = write
  }

  /** Takes a line of its client. */
  line(text: string): void {
    if (text.trim() === '') return
    const message: Incoming = JSON.parse(text)
    const { id, method, params } = message
    if (method === undefined) return this.#asked.get(id)?.(chosenIn(message))
    if (method === 'session/cancel') return this.#turns.get(memberOf(params, 'sessionId'))?.cancelled()
    if (id === undefined) return
    if (method === 'initialize') {
      return this.#answer(id, { protocolVersion: 1, agentCapabilities: { loadSession: true }, authMethods: [] })
    }
    if (method === 'session/new') return this.#answer(id, { sessionId: this.#name('session') })
    if (method === 'session/load') return this.#answer(id, {})
    if (method === 'session/prompt') return void this.#prompt(id, params)
    this.#say({ id, error: { code: -32_601, message: `Method not found: ${String(method)}` } })
  }

  async #prompt(id: unknown, params: unknown): Promise<void> {
    const sessionId = memberOf(params, 'sessionId')
    const text = String(memberOf(params, 'prompt', '0', 'text') ?? '')
    const turn: Turn = { id, cancelled: () => {} }
    const cancelled = new Promise<'cancelled'>((resolve) => {
      turn.cancelled = () => resolve('cancelled')
    })
    this.#turns.set(sessionId, turn)
    const stopReason = await Promise.race([this.#run(sessionId, text), cancelled])
    if (this.#turns.get(sessionId) === turn) this.#turns.delete(sessionId)
    this.#answer(id, { stopReason })
  }

  /** The reason with which it ends. */
  async #run(sessionId: unknown, text: string): Promise<string> {
    const [verb, ...words] = text.split(' ')
    if (verb === 'later') {
      await new Promise((resolve) => setTimeout(resolve, Number(words[0])))
      return this.#run(sessionId, words.slice(1).join(' '))
    }
    const chosen = verb === 'ask' ? await this.#ask(sessionId, words.join(' ')) : undefined
    if (chosen === 'cancelled') return 'cancelled'
    this.#stream(sessionId, chosen === undefined ? words : [`chose:${chosen}`])
    return 'end_turn'
  }

  #stream(sessionId: unknown, words: readonly string[]): void {
    for (const word of words) {
      const update = { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: `${word} ` } }
      this.#say({ method: 'session/update', params: { sessionId, update } })
    }
  }

  #ask(sessionId: unknown, title: string): Promise<string> {
    const id = this.#name('question')
    const params = { sessionId, toolCall: { toolCallId: this.#name('tool'), title }, options: OPTIONS }
    this.#say({ id, method: 'session/request_permission', params })
    return new Promise((resolve) => this.#asked.set(id, resolve))
  }

  #answer(id: unknown, result: unknown): void {
    this.#say({ id, result })
  }

  #say(message: object): void {
    this.#write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  }

  #name(what: string): string {
    this.#count += 1
    return `${what}-${this.#count}`
  }
}

function chosenIn({ result }: Incoming): string {
  const optionId = memberOf(result, 'outcome', 'optionId')
  return typeof optionId === 'string' ? optionId : 'cancelled'
}
