import { setTimeout as pause } from 'node:timers/promises'
import { HubClient } from '@holdfast/hub'
import type { HubAction, HubRequest } from '@holdfast/protocol/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { Tally } from '../tally.ts'
import { JOBS, type Job, tickerScript } from './jobs.ts'
import { DEMO_HEARTBEAT, DEMO_RETRY } from './pace.ts'
import { type PermissionAnswer, Questions } from './questions.ts'
import { runInTerminal } from './terminal-command.ts'

/** Input of a lead. */
export interface LeadOptions {
  /** Base of the gateway, or of a proxy in front of it. */
  readonly url: string
  readonly token: string
  /** Where its programs run. */
  readonly cwd: string
  /** Seconds between two ticks. */
  readonly tickSeconds: number
  /** Ticks in all. @defaultValue without end */
  readonly ticks?: number | undefined
  /** Between rounds of work. In milliseconds. */
  readonly restMs: number
  /** How long a question waits for an answer. In milliseconds. @defaultValue 20000 */
  readonly askMs?: number | undefined
}

/** Tallies of pages that count; more are not kept. */
const MAX_COUNTERS = 64
const MAX_PROMPTS = 100
/** How fast the lead "speaks". */
const WORDS_MS = 35

/**
 * Leads a session with real work: programs in terminals, whose output becomes events of the session. Answers those who
 * steer it, asks before it writes, and counts what it is sent.
 */
export class DemoLead {
  readonly #options: LeadOptions
  readonly #client: HubClient
  readonly #questions: Questions
  readonly #counters = new Map<string, Tally>()
  readonly #prompts: string[] = []
  readonly #end = new AbortController()
  #calls = 0

  constructor(options: LeadOptions) {
    this.#options = options
    this.#client = new HubClient({
      transport: nodeWebSocket(),
      url: options.url,
      token: options.token,
      role: 'lead',
      driverMode: 'rpc',
      driverInstanceId: 'demo-lead',
      label: 'Demonstration',
      task: 'Do real work on this machine, whatever happens to the network',
      ...DEMO_HEARTBEAT,
      retry: DEMO_RETRY,
      // Work continues while the network is away, and nothing of it may be dropped.
      queue: { maxCount: 50_000 },
      onRequest: (request) => this.#asked(request),
      onMessage: (message) => this.#questions.receive(message),
    })
    this.#questions = new Questions((message) => void this.#client.send(message))
  }

  get sessionId(): string {
    return this.#client.sessionId ?? ''
  }

  get client(): HubClient {
    return this.#client
  }

  /** Joins as the lead of a new session. */
  async start(): Promise<void> {
    await this.#client.connect()
    this.#emit('session_start', { task: 'Do real work on this machine, whatever happens to the network' })
  }

  /** Prints numbers from a program of its own, and passes them on as events. Resolves when the program ends. */
  async tick(): Promise<void> {
    const { tickSeconds, ticks } = this.#options
    await this.#terminal(tickerScript(tickSeconds, ticks), (line) => {
      const n = /^tick (\d+)$/.exec(line)?.[1]
      if (n !== undefined) this.#emit('demo_tick', { n: Number(n) })
    })
  }

  /** Works until it is stopped. */
  async work(): Promise<void> {
    const { signal } = this.#end
    while (!signal.aborted) {
      for (const job of JOBS) {
        await this.#job(job)
        await this.#serve(1_500)
      }
      await this.#say('That was a round. Type something below, or “/run” and a command, and I do it next.')
      await this.#serve(this.#options.restMs)
    }
  }

  /** Does one job, as `work()` does. */
  job(index: number): Promise<void> {
    const job = JOBS[index % JOBS.length]
    return job === undefined ? Promise.resolve() : this.#job(job)
  }

  async stop(): Promise<void> {
    this.#end.abort()
    this.#questions.close()
    await this.#client.close()
  }

  // ---- work -------------------------------------------------------------------------------------

  async #job(job: Job): Promise<void> {
    const { title } = job
    const taskId = `job-${++this.#calls}`
    const started = performance.now()
    this.#emit('turn_start', {})
    this.#emit('task_start', { taskId, agent: 'lead', prompt: title })
    this.#emit('agent_start', { agent: 'lead', status: 'running' })
    await this.#stream('thinking', job.thinking)
    await this.#say(job.says)
    const { granted: isPermitted, answered } = await this.#permitted(job.permission)
    if (isPermitted) await this.#run(job.command, taskId)
    const left = answered ? 'Then I leave it.' : 'Nobody answered, so I left it. I go on with something else.'
    await this.#say(isPermitted ? job.concludes : left)
    const duration = Math.round(performance.now() - started)
    const end = isPermitted ? { result: title } : { error: `${title}: not permitted` }
    this.#emit(isPermitted ? 'task_complete' : 'task_error', { taskId, agent: 'lead', duration, ...end })
    this.#emit('agent_end', { agent: 'lead', status: 'idle' })
    this.#emit('turn_end', {})
  }

  async #permitted(what: string | undefined): Promise<Pick<PermissionAnswer, 'granted' | 'answered'>> {
    if (what === undefined) return { granted: true, answered: true }
    const { askMs } = this.#options
    const answer = await this.#questions.ask('confirm', { title: 'May I?', message: what }, this.#end.signal, askMs)
    this.#emit('permission_answered', { ...answer })
    return answer
  }

  /** Runs a program as a task, of its own or as a part, with a tool call and its lines as events. */
  async #run(command: string, parentTaskId?: string | undefined): Promise<void> {
    const taskId = `task-${++this.#calls}`
    const toolCallId = `call-${this.#calls}`
    const runtime = { command }
    const started = performance.now()
    this.#emit('task_start', { taskId, parentTaskId, agent: 'terminal', prompt: command })
    this.#emit('tool_call', { toolCallId, taskId, agent: 'lead', toolName: 'terminal', toolArgs: { command } })
    this.#emit('runtime_process_start', { taskId, runtime: { ...runtime, status: 'running' } })
    let lines = 0
    const { code } = await this.#terminal(command, (line) => {
      lines++
      this.#emit('runtime_process_output', { taskId, runtime, output: line })
    })
    const exit = code === null ? {} : { exitCode: code }
    this.#emit('runtime_process_stop', { taskId, runtime: { ...runtime, status: 'exited', ...exit } })
    const isError = code !== 0
    const result = `${lines === 1 ? '1 line' : `${lines} lines`}, exit code ${code ?? 'unknown'}`
    this.#emit('tool_result', { toolCallId, taskId, agent: 'lead', toolName: 'terminal', result, isError })
    const duration = Math.round(performance.now() - started)
    this.#emit(isError ? 'task_error' : 'task_complete', { taskId, agent: 'terminal', duration, result, error: result })
  }

  #terminal(script: string, onLine: (line: string) => void): ReturnType<typeof runInTerminal> {
    const { url, token, cwd } = this.#options
    return runInTerminal(script, { url, token, cwd, onLine, signal: this.#end.signal })
  }

  /** Does what people asked for, and rests for the rest of the time. */
  async #serve(ms: number): Promise<void> {
    const until = performance.now() + ms
    while (!this.#end.signal.aborted && (performance.now() < until || this.#prompts.length > 0)) {
      const prompt = this.#prompts.shift()
      if (prompt !== undefined) await this.#carryOut(prompt)
      else await this.#pause(100)
    }
  }

  async #carryOut(prompt: string): Promise<void> {
    const command = /^run\s+(.+)$/s.exec(prompt)?.[1]
    if (command === undefined) return this.#say(`You said: ${prompt}. I would do it if I had a model to think with.`)
    await this.#say('As you wish.')
    await this.#run(command)
  }

  async #say(text: string): Promise<void> {
    await this.#stream('message', text)
  }

  /** Word by word, as a model does. */
  async #stream(kind: 'message' | 'thinking', text: string): Promise<void> {
    this.#emit(`${kind}_start`, { agent: 'lead' })
    for (const delta of text.match(/\S+\s*/g) ?? []) {
      this.#emit(`${kind}_update`, { agent: 'lead', delta })
      await this.#pause(WORDS_MS)
    }
    const whole = kind === 'message' ? { content: text } : { thinking: text }
    this.#emit(`${kind}_end`, { agent: 'lead', ...whole })
  }

  #pause(ms: number): Promise<void> {
    return pause(ms, undefined, { signal: this.#end.signal }).catch(() => {})
  }

  #emit(event: string, data: Readonly<Record<string, unknown>>): void {
    if (this.#end.signal.aborted) return
    this.#client.send({ type: 'event', id: crypto.randomUUID(), event, data })
  }

  // ---- people -----------------------------------------------------------------------------------

  #asked(request: HubRequest): readonly HubAction[] {
    if (request.type === 'command') {
      this.#queuePrompt(`${request.name} ${request.args}`.trim())
      return [{ action: 'ACK' }]
    }
    if (request.type !== 'event') return [{ action: 'BLOCK', reason: 'This lead has no tools for others.' }]
    const { data } = request
    if (request.event === 'demo_count') return [{ action: 'RETURN', result: this.#count(data) }]
    const content = data['content']
    if (typeof content === 'string' && content.trim() !== '') this.#queuePrompt(content.trim())
    // Others in the session see at once what was asked.
    this.#emit('steer_taken', { id: request.id, content: typeof content === 'string' ? content : '' })
    return [{ action: 'ACK' }]
  }

  #queuePrompt(text: string): void {
    this.#prompts.push(text)
    if (this.#prompts.length > MAX_PROMPTS) this.#prompts.shift()
  }

  #count({ from, n }: Readonly<Record<string, unknown>>): unknown {
    if (typeof from !== 'string' || typeof n !== 'number') return { error: 'expected from and n' }
    const tally = this.#counters.get(from) ?? new Tally(1)
    this.#counters.set(from, tally)
    for (const oldest of this.#counters.keys()) {
      if (this.#counters.size <= MAX_COUNTERS) break
      this.#counters.delete(oldest)
    }
    tally.take(n)
    return tally.report
  }
}
