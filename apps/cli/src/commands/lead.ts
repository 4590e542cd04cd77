import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { StringDecoder } from 'node:string_decoder'
import type { HubClient } from '@holdfast/hub'
import type { HubAction, HubRequest } from '@holdfast/protocol/hub'
import { Command } from 'commander'
import { exitCodeOf } from '../child-exit.ts'
import { tokenOption, urlOption } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { connectSession, type HubCommandOptions, sessionClient } from '../hub-session.ts'
import { interruption } from '../interruption.ts'
import { demandProgram, notStarted } from '../local-program.ts'
import { type Output, outputOn } from '../output.ts'
import { UserError } from '../user-error.ts'

interface LeadOptions extends HubCommandOptions {
  readonly session?: string | undefined
  readonly label?: string | undefined
}

/** Output of one event at most; a longer piece becomes several. */
const MAX_CHARS = 16_384
/** Events that are not acknowledged; above it, the command's output is not read. */
const MAX_UNACKNOWLEDGED = 200
/** How long what the command said has to arrive after its end; and after Ctrl+C. */
const ARRIVE_MS = 30_000
const ARRIVE_INTERRUPTED_MS = 1_000
/** After Ctrl+C: for the command to end, before it is ended, and for all the rest. */
const STOP_MS = 2_000
const GRACE_MS = 4_000

/** `holdfast lead`: a command's output as the events of a session. */
export function leadCommand(): Command {
  return new Command('lead')
    .argument('<command...>', 'after --: what to run')
    .addOption(urlOption())
    .addOption(tokenOption())
    .option('--session <id>', 'the session; a new one where absent')
    .option('--label <text>', 'what people see it under')
    .option('--json', 'say what happens as lines of JSON, and nothing else')
    .addHelpText(
      'after',
      `
Controllers may "steer" it (a line on the command's standard input) and "stop" it; see holdfast control.

Examples:
  $ holdfast lead -- make test
  $ holdfast lead --session nightly --label "Nightly build" -- ./build.sh`,
    )
    .action(async (command: readonly string[], options: LeadOptions) => {
      process.exitCode = await lead(command, options)
    })
}

async function lead([file = '', ...args]: readonly string[], options: LeadOptions): Promise<number> {
  demandProgram(file)
  const err = outputOn(process.stderr)
  const out = outputOn(process.stdout)
  const stop = interruption(GRACE_MS)
  let begun: (child: ChildProcess | undefined) => void = () => {}
  // Requests from before there was a lead are answered by the command, and not before it runs.
  const running = new Promise<ChildProcess | undefined>((resolve) => {
    begun = resolve
  })
  const onRequest = async (request: HubRequest): Promise<readonly HubAction[]> => answer(request, await running)
  const settings = { role: 'lead', sessionId: options.session, label: options.label, onRequest } as const
  const client = sessionClient(options, settings, err)
  try {
    await connectSession(client, options, stop.signal, () => void client.close({ flushMs: 0 }), options.session)
    if (options.json === true) await out.json({ event: 'leading', sessionId: client.sessionId })
    else if (err.isTerminal || options.session === undefined) await err.line(`Session ${client.sessionId}`)
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    child.once('spawn', () => begun(child))
    stop.signal.addEventListener('abort', () => end(child))
    const shown = options.json === true ? undefined : { stdout: out, stderr: err }
    const code = await follow({ client, signal: stop.signal, shown }, child, [file, ...args])
    arrived(client, stop.signal)
    if (options.json === true) await out.json({ event: 'ended', code })
    return code
  } finally {
    begun(undefined)
    stop.dispose()
    await client.close(stop.signal.aborted ? { flushMs: 0 } : {})
  }
}

/** A person has pressed Ctrl+C, and does not wait for a command that does not want to end. */
function end(child: ChildProcess): void {
  child.kill('SIGTERM')
  const kill = (): boolean => child.kill('SIGKILL')
  setTimeout(kill, STOP_MS).unref()
  process.once('exit', kill)
}

/** Reports to the session what the command does, until it ends. @returns its exit code */
async function follow(
  audience: Audience,
  child: ChildProcess,
  [command = '', ...args]: readonly string[],
): Promise<number> {
  const said = new Reports(audience)
  child.stdin?.on('error', () => {})
  await once(child, 'spawn').catch((error: unknown) => {
    throw notStarted(command, error)
  })
  const about = { pid: child.pid, command, cwd: process.cwd() }
  await said.publish('runtime_process_start', {
    runtime: { ...about, args, status: 'running' },
    content: [command, ...args].join(' '),
  })
  // Who does not read what is shown does not hold up the end.
  const interrupted = once(audience.signal, 'abort').catch(() => {})
  const streams = (['stdout', 'stderr'] as const).map(async (stream) => {
    const decoder = new StringDecoder('utf8')
    for await (const chunk of child[stream] ?? []) {
      await Promise.race([audience.shown?.[stream].write(chunk), interrupted])
      await said.publishText(stream, decoder.write(chunk), about.pid)
    }
    await said.publishText(stream, decoder.end(), about.pid)
  })
  const [code, signal] = await once(child, 'close')
  await Promise.all(streams)
  const exitCode = exitCodeOf(code, signal)
  const status = signal === null ? 'exited' : 'killed'
  await said.publish('runtime_process_stop', {
    runtime: { ...about, status, exitCode, ...(signal === null ? {} : { signal }) },
    content: `exit code ${exitCode}`,
  })
  return exitCode
}

/** The listener of a command's output, until Ctrl+C is pressed. */
interface Audience {
  readonly client: HubClient
  readonly signal: AbortSignal
  /** Who sits here; undefined where that is a program. */
  readonly shown: Readonly<Record<'stdout' | 'stderr', Output>> | undefined
}

/** Events to the session, in order, so many at once that the hub keeps up. */
class Reports {
  readonly #client: HubClient
  readonly #signal: AbortSignal
  readonly #open = new Set<PromiseLike<unknown>>()
  #count = 0

  constructor({ client, signal }: Audience) {
    this.#client = client
    this.#signal = signal
  }

  async publishText(stream: 'stdout' | 'stderr', text: string, pid: number | undefined): Promise<void> {
    for (let at = 0; at < text.length; at += MAX_CHARS) {
      await this.publish('runtime_process_output', {
        content: text.slice(at, at + MAX_CHARS),
        stream,
        runtime: { pid },
      })
    }
  }

  async publish(event: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    const id = `cli-${process.pid}-${++this.#count}`
    const delivery = this.#client.send({ type: 'event', id, event, data }, { delivery: 'ordered' })
    const settled: Promise<void> = Promise.resolve(delivery).then(
      () => void this.#open.delete(settled),
      () => void this.#open.delete(settled),
    )
    this.#open.add(settled)
    while (this.#open.size >= MAX_UNACKNOWLEDGED) await Promise.race(this.#open)
    if (event !== 'runtime_process_stop') return
    await within(Promise.all(this.#open), this.#signal.aborted ? ARRIVE_INTERRUPTED_MS : ARRIVE_MS)
  }
}

function arrived({ isConnected }: HubClient, { aborted }: AbortSignal): void {
  if (isConnected) return
  const code = aborted ? EXIT.interrupted : EXIT.failed
  throw new UserError('The session may lack the end: its gateway could not be reached.', code)
}

async function within(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))])
  clearTimeout(timer)
}

/** What controllers may ask of a command. */
function answer(request: HubRequest, child: ChildProcess | undefined): readonly HubAction[] {
  const asked = request.type === 'command' ? request.name : request.type === 'event' ? request.event : ''
  const text = request.type === 'command' ? request.args : request.type === 'event' ? textIn(request.data) : ''
  if (child === undefined || child.exitCode !== null)
    return [{ action: 'BLOCK', reason: 'The command of this lead has ended.' }]
  if (asked === 'steer') {
    child.stdin?.write(`${text}\n`)
    return [{ action: 'ACK' }]
  }
  if (asked === 'stop') {
    child.kill('SIGTERM')
    return [{ action: 'ACK' }]
  }
  const reason = `This lead takes "steer", a line for its command, and "stop"; it does not know ${JSON.stringify(asked.slice(0, 64))}.`
  return [{ action: 'BLOCK', reason }]
}

function textIn(data: Readonly<Record<string, unknown>>): string {
  const { content } = data
  return typeof content === 'string' ? content : ''
}
