import type { JsonRpcId, JsonRpcMessage, JsonRpcRequest, JsonRpcResponse } from '@holdfast/protocol/acp'

/** One record of a session: what it tells, and to whom. */
export interface WorldRecord {
  readonly seq: number
  readonly messages: readonly JsonRpcMessage[]
  /** An answer to a request of one client; absent: everybody who is attached is told. */
  readonly to?: { readonly client: string; readonly id: JsonRpcId } | undefined
}

/** A session, as it outlives any gateway. */
export class WorldSession {
  readonly id: string
  readonly records: WorldRecord[] = []
  /** Keys of requests that were done. */
  readonly done = new Set<string>()
  readonly questions = new Map<string, (answer: JsonRpcResponse) => void>()
  readonly followers = new Set<(record: WorldRecord) => void>()

  constructor(id: string) {
    this.id = id
  }

  append(messages: readonly JsonRpcMessage[], to?: WorldRecord['to']): WorldRecord {
    const record = { seq: this.records.length + 1, messages, to }
    this.records.push(record)
    for (const follower of [...this.followers]) follower(record)
    return record
  }
}

/** What a prompt asks the agent for, as JSON in its first block of text. */
export interface Turn {
  readonly updates: number
  /** A question after so many updates. */
  readonly asksAfter?: number | undefined
}

/** The sessions and the agent: they live in a process of their own, and know nothing of clients. */
export class AgentWorld {
  readonly sessions = new Map<string, WorldSession>()
  readonly made = new Map<string, string>()
  /** How many times the agent was really asked. */
  turns = 0
  readonly #pause: () => Promise<void>

  /** @param pause what passes between two updates */
  constructor(pause: () => Promise<void>) {
    this.#pause = pause
  }

  /** One session for one key. */
  newSession(key: string): WorldSession {
    const id = this.made.get(key) ?? `s${this.sessions.size + 1}`
    const session = this.sessions.get(id) ?? new WorldSession(id)
    this.made.set(key, id)
    this.sessions.set(id, session)
    return session
  }

  /** The turn of a prompt, once for its key. */
  prompt(session: WorldSession, request: JsonRpcRequest, client: string, key: string): void {
    const named = `${client}/${key}`
    if (session.done.has(named)) return
    session.done.add(named)
    this.turns += 1
    void this.#run(session, turnOf(request), { client, id: request.id })
  }

  async #run(session: WorldSession, turn: Turn, to: NonNullable<WorldRecord['to']>): Promise<void> {
    for (let at = 1; at <= turn.updates; at += 1) {
      await this.#pause()
      session.append([update(session.id, `${at} `)])
      if (at === turn.asksAfter) session.append([update(session.id, `[${await this.#ask(session)}]`)])
    }
    session.append([{ jsonrpc: '2.0', id: to.id, result: { stopReason: 'end_turn' } }], to)
  }

  #ask(session: WorldSession): Promise<string> {
    const id = `q${session.id}.${session.records.length + 1}`
    const options = [{ optionId: 'yes', name: 'Yes', kind: 'allow_once' }]
    const toolCall = { toolCallId: 't1', title: 'Write a file' }
    const params = { sessionId: session.id, toolCall, options }
    const asked = new Promise<string>((resolve) => {
      session.questions.set(id, (answer) => {
        session.questions.delete(id)
        resolve('result' in answer ? JSON.stringify(answer.result) : 'error')
      })
    })
    session.append([{ jsonrpc: '2.0', id, method: 'session/request_permission', params }])
    return asked
  }

  answered(answer: JsonRpcResponse): void {
    for (const { questions } of this.sessions.values()) questions.get(String(answer.id))?.(answer)
  }
}

function update(sessionId: string, text: string): JsonRpcMessage {
  const content = { type: 'text', text }
  return {
    jsonrpc: '2.0',
    method: 'session/update',
    params: { sessionId, update: { sessionUpdate: 'agent_message_chunk', content } },
  }
}

function turnOf(request: JsonRpcRequest): Turn {
  const { prompt } = Object(request.params)
  return JSON.parse(prompt[0].text)
}
