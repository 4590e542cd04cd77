import type { Status } from '@holdfast/core'
import { TrackerAgent, type TrackerError, type TrackerEvent } from '@holdfast/tracker'
import { nodeWebSocket } from '@holdfast/transport-node'
import { AwayNotice } from './away-notice.ts'
import { type EndpointFlags, type EndpointOptions, endpointOf } from './endpoint.ts'
import { EXIT } from './exit-codes.ts'
import { fieldsOf } from './gateway/gateway-api.ts'
import { demandProgram } from './local-program.ts'
import type { Output } from './output.ts'
import { ownCommand } from './own-command.ts'
import { printable } from './printable.ts'
import { connectFirst } from './refusals/first-connection.ts'
import { evidenceIn, refusalIn, refusalOf } from './refusals/refusals.ts'
import { placeOf } from './status-place.ts'
import { runTask } from './task-run.ts'
import { type Task, TrackerApi, taskOf } from './tracker-api.ts'
import { UserError } from './user-error.ts'

/** Options of {@link TaskAgent}. */
export interface TaskAgentOptions extends EndpointFlags {
  /** Only tasks that are assigned to this name; undefined: every task that the tracker assigns to this token. */
  readonly agent?: string | undefined
  readonly json?: boolean | undefined
}

/** What the comment shows of a command's output. */
const SHOWN_CHARS = 2_000

/** An agent that runs a command for each of its tasks, one after the other. */
export class TaskAgent {
  readonly #options: TaskAgentOptions & EndpointOptions
  readonly #command: readonly string[]
  readonly #out: Output
  readonly #err: Output
  readonly #api: TrackerApi
  readonly #agent: TrackerAgent
  readonly #stop = new AbortController()
  #failure: unknown
  #work: Promise<void> = Promise.resolve()

  constructor(options: TaskAgentOptions, command: readonly string[], out: Output, err: Output) {
    demandProgram(command[0] ?? '')
    const where = endpointOf(options)
    if (where.token === undefined) throw refusalOf({ status: 401 }, where)
    this.#options = { ...options, ...where }
    this.#command = command
    this.#out = out
    this.#err = err
    this.#api = new TrackerApi(where)
    const away = new AwayNotice(err, where.url, () => this.#agent.explain())
    this.#agent = new TrackerAgent({
      transport: nodeWebSocket(),
      url: where.url,
      token: where.token,
      // A command that ran is not run again because something after it failed.
      failure: { retries: 0, last: 'none' },
      onEvent: (event) => this.#event(event),
      onProblem: (error) => void this.#printError(error),
      onStatus: ({ status, cause }) => this.#changed(status, away, cause),
    })
  }

  /** Works until the signal says stop. @returns the exit code of the process @throws what ended it otherwise */
  async run(interrupted: AbortSignal): Promise<number> {
    const { url } = this.#options
    const stopped = new Promise<void>((resolve) => this.#stop.signal.addEventListener('abort', () => resolve()))
    interrupted.addEventListener('abort', () => this.#stop.abort(), { once: true })
    try {
      await connectFirst({
        client: this.#agent,
        endpoint: this.#options,
        signal: interrupted,
        end: () => void this.#agent.close(),
        words: (error) => inWords(error, this.#options),
      })
      const projects = this.#agent.projects.map(({ id }) => id)
      if (this.#options.json === true) await this.#out.json({ event: 'attached', projects })
      else if (this.#err.isTerminal) await this.#err.line(`Attached to ${url}; waiting for tasks.`)
      await stopped
      if (this.#failure !== undefined) throw inWords(this.#failure, this.#options)
      return EXIT.interrupted
    } catch (error) {
      throw interrupted.aborted ? new UserError('', EXIT.interrupted) : inWords(error, this.#options)
    } finally {
      this.#stop.abort()
      await this.#work.catch(() => {})
      await this.#agent.close()
    }
  }

  #changed(status: Status, away: AwayNotice, cause: unknown): void {
    away.changed(placeOf(status), cause)
    if (status.state === 'closed' && 'error' in status.outcome) this.#fail(status.outcome.error)
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#stop.abort()
  }

  /** Returns when the event may be acknowledged; throws when it must come again to another life of this agent. */
  async #event({ event, data }: TrackerEvent): Promise<void> {
    const task = event === 'task.assigned' ? taskOf(fieldsOf(data)['task']) : undefined
    if (task === undefined) return
    const { agent } = this.#options
    if (agent !== undefined && task.assignee !== agent) return this.#skip(task, agent)
    this.#agent.addTask(task.id)
    try {
      this.#work = this.#do(task)
      await this.#work
    } catch (error) {
      this.#fail(error)
      throw error
    } finally {
      this.#agent.removeTask(task.id)
    }
  }

  /** A tracker that sends every task to every agent, or the wrong token. */
  async #skip({ id, assignee = 'nobody' }: Task, agent: string): Promise<void> {
    if (this.#options.json === true) await this.#out.json({ event: 'skipped', id, assignee })
    else await this.#err.line(`holdfast: ${id} is for ${printable(assignee)}, not for ${agent}; it is left alone.`)
  }

  async #do(task: Task): Promise<void> {
    const { signal } = this.#stop
    signal.throwIfAborted()
    await this.#print({ event: 'task', id: task.id, title: task.title }, `${task.id}: ${printable(task.title)}`)
    let shown = ''
    const onOutput = async (stream: 'stdout' | 'stderr', text: string): Promise<void> => {
      shown = (shown + text).slice(-SHOWN_CHARS)
      this.#agent.sendStreamEvent('agent.stream.delta', { task_id: task.id, text })
      if (this.#options.json === true) await this.#out.json({ event: 'output', id: task.id, channel: stream, text })
      else await (stream === 'stdout' ? this.#out : this.#err).write(text)
    }
    const code = await runTask({ task, command: this.#command, signal, onOutput })
    signal.throwIfAborted()
    await this.#agent.sendTaskComment(task.id, `exit ${code}\n${shown}`)
    // The comment is what counts; a tracker without this face shows the task as open.
    await this.#api.setStatus(task.id, code === 0 ? 'done' : 'failed').catch(() => {})
    await this.#print({ event: 'done', id: task.id, code }, `${task.id}: exit ${code}`)
  }

  async #print(json: object, words: string): Promise<void> {
    if (this.#options.json === true) await this.#out.json(json)
    else if (this.#err.isTerminal) await this.#err.line(this.#err.paint.dim(words))
  }

  async #printError({ code, message, details }: TrackerError): Promise<void> {
    // That it is away is said on a line of its own.
    if (this.#stop.signal.aborted || code === 'tracker/unreachable') return
    if (this.#options.json === true) await this.#err.json({ event: 'problem', code, ...details })
    else await this.#err.line(`holdfast: ${message}`)
  }
}

/** A tracker says no by the handshake as well. */
function inWords(error: unknown, endpoint: EndpointOptions): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (typeof code !== 'string' || !code.startsWith('tracker/')) return error
  const { status, closeCode } = evidenceIn(error)
  if (code === 'tracker/token_refused' && status === undefined && closeCode === undefined && error instanceof Error) {
    return new UserError(`${error.message} Try: ${ownCommand(`login ${endpoint.url}`)}`, EXIT.refused, error)
  }
  return refusalIn(error, endpoint)
}
