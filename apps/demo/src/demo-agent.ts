// A small coding agent on ACP's SDK that needs no model: it says what it would do, and does a little of it.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type AgentContext,
  agent,
  methods,
  ndJsonStream,
  type RequestPermissionRequest,
  type RequestPermissionResponse,
  type SessionUpdate,
} from '@agentclientprotocol/sdk'

/** How fast it "speaks". */
const WORDS_MS = 35
const STEPS = ['Look around', 'Write a note', 'Run it'] as const

interface Session {
  readonly cwd: string
  cancel: AbortController
  turns: number
}

const sessions = new Map<string, Session>()

/** One turn: everything that a coding agent shows. */
class Turn {
  readonly #client: AgentContext
  readonly #sessionId: string
  readonly #session: Session

  constructor(client: AgentContext, sessionId: string, session: Session) {
    this.#client = client
    this.#sessionId = sessionId
    this.#session = session
  }

  async run(prompt: string): Promise<void> {
    const { cwd } = this.#session
    await this.#stream(
      'agent_thought_chunk',
      `They said “${prompt}”.\nWithout a model to think with I do what I always do: a note, and a command.`,
    )
    await this.#plan(0)
    await this.#stream(
      'agent_message_chunk',
      `I have **no model** to think with, so I show what agents do in \`${cwd}\`:\n\n1. write a note\n2. run a command\n\n`,
    )
    await this.#plan(1)
    const path = join(cwd, 'agent-note.md')
    const before = await readFile(path, 'utf8').catch(() => undefined)
    const after = `${before ?? '# Notes\n'}- ${new Date().toISOString()} ${prompt}\n`
    const isAllowed = await this.#edit(path, before, after)
    if (!isAllowed) return this.#stream('agent_message_chunk', 'Then I leave it as it is.')
    await this.#plan(2)
    await this.#execute('node --version')
    await this.#plan(3)
    await this.#update({ sessionUpdate: 'usage_update', used: 1_200 * this.#session.turns, size: 200_000 })
    await this.#stream(
      'agent_message_chunk',
      'Done. Cut the network, reload this page, open it on your phone: the conversation is the same.',
    )
  }

  async #edit(path: string, before: string | undefined, after: string): Promise<boolean> {
    const toolCallId = crypto.randomUUID()
    const content = [{ type: 'diff' as const, path, oldText: before ?? null, newText: after }]
    const toolCall = {
      toolCallId,
      title: 'Write agent-note.md',
      kind: 'edit' as const,
      status: 'pending' as const,
      content,
    }
    await this.#update({ sessionUpdate: 'tool_call', ...toolCall })
    const { outcome } = await this.#client.request<RequestPermissionResponse, RequestPermissionRequest>(
      methods.client.session.requestPermission,
      {
        sessionId: this.#sessionId,
        toolCall,
        options: [
          { optionId: 'allow', name: 'Allow', kind: 'allow_once' },
          { optionId: 'reject', name: 'Reject', kind: 'reject_once' },
        ],
      },
    )
    const isAllowed = outcome.outcome === 'selected' && outcome.optionId === 'allow'
    if (isAllowed) await writeFile(path, after)
    const status = isAllowed ? 'completed' : 'failed'
    await this.#update({ sessionUpdate: 'tool_call_update', toolCallId, status, content: isAllowed ? content : [] })
    return isAllowed
  }

  async #execute(command: string): Promise<void> {
    const toolCallId = crypto.randomUUID()
    const call = { toolCallId, title: command, kind: 'execute' as const, rawInput: { command } }
    await this.#update({ sessionUpdate: 'tool_call', ...call, status: 'in_progress' })
    const text = await new Promise<string>((resolve) => {
      execFile(process.execPath, ['--version'], (error, stdout) => resolve(error?.message ?? stdout))
    })
    const content = [{ type: 'content' as const, content: { type: 'text' as const, text } }]
    await this.#update({ sessionUpdate: 'tool_call_update', toolCallId, status: 'completed', content })
  }

  #plan(done: number): Promise<void> {
    const entries = STEPS.map((content, at) => ({
      content,
      priority: 'medium' as const,
      status: at < done ? ('completed' as const) : at === done ? ('in_progress' as const) : ('pending' as const),
    }))
    return this.#update({ sessionUpdate: 'plan', entries })
  }

  /** Word by word, as a model does. */
  async #stream(sessionUpdate: 'agent_message_chunk' | 'agent_thought_chunk', text: string): Promise<void> {
    for (const word of text.match(/\S+\s*/g) ?? []) {
      await this.#update({ sessionUpdate, content: { type: 'text', text: word } })
      await pause(WORDS_MS, undefined, { signal: this.#session.cancel.signal })
    }
  }

  async #update(update: SessionUpdate): Promise<void> {
    this.#session.cancel.signal.throwIfAborted()
    await this.#client.notify(methods.client.session.update, { sessionId: this.#sessionId, update })
  }
}

agent({ name: 'holdfast-demo' })
  .onRequest(methods.agent.initialize, () => ({ protocolVersion: 1, agentCapabilities: {} }))
  .onRequest(methods.agent.session.new, ({ params: { cwd } }) => {
    const sessionId = crypto.randomUUID()
    sessions.set(sessionId, { cwd, cancel: new AbortController(), turns: 0 })
    return { sessionId }
  })
  .onRequest(methods.agent.session.prompt, async ({ params: { sessionId, prompt }, client }) => {
    const session = sessions.get(sessionId)
    if (session === undefined) throw new Error('There is no such session.')
    session.cancel = new AbortController()
    session.turns += 1
    const words = prompt.map((block) => (block.type === 'text' ? block.text : '')).join(' ')
    try {
      await new Turn(client, sessionId, session).run(words)
      return { stopReason: 'end_turn' as const }
    } catch (error) {
      if (session.cancel.signal.aborted) return { stopReason: 'cancelled' as const }
      throw error
    }
  })
  .onNotification(methods.agent.session.cancel, ({ params: { sessionId } }) => sessions.get(sessionId)?.cancel.abort())
  .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>))
