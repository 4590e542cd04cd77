import { setTimeout as pause } from 'node:timers/promises'
import { HubClient } from '@holdfast/hub'
import { type HubServerMessage, isKnownHubServerMessage } from '@holdfast/protocol/hub'
import { ShellSession, shellEndpoint } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import { Tally, type TallyReport } from '../tally.ts'
import { DEMO_HEARTBEAT, DEMO_RETRY, DEMO_SHELL } from './pace.ts'

const COUNT_EVERY_MS = 60

interface ClientOptions {
  readonly url: string
  readonly token: string
}

/** Watches a session, counts what its lead sends, counts up to the lead, and grants what it asks. */
export class DemoController {
  readonly #client: HubClient
  readonly #ticks = new Tally(1)
  readonly #name = crypto.randomUUID()
  #timer: NodeJS.Timeout | undefined
  #sent = 0
  #report: TallyReport = new Tally(1).report

  constructor(options: ClientOptions & { readonly sessionId: string }) {
    this.#client = new HubClient({
      transport: nodeWebSocket(),
      url: options.url,
      token: options.token,
      sessionId: options.sessionId,
      role: 'controller',
      ...DEMO_HEARTBEAT,
      retry: DEMO_RETRY,
      onMessage: (message) => this.#receive(message),
    })
  }

  /** What came of the lead's numbers. */
  get ticks(): TallyReport {
    return this.#ticks.report
  }

  /** Numbers sent to the lead. */
  get sent(): number {
    return this.#sent
  }

  async start(): Promise<void> {
    await this.#client.connect()
    this.#timer = setInterval(() => this.#next(), COUNT_EVERY_MS)
  }

  /** What the lead has of our numbers, as it last reported it. */
  async count(): Promise<TallyReport> {
    // Answers come in order: all before this one have been answered.
    await pause(50)
    return this.#report
  }

  /** Sends no more numbers. */
  quiet(): void {
    clearInterval(this.#timer)
  }

  /** How often it was connected. */
  get opens(): number {
    return this.#client.metrics.opens
  }

  /** Resolves when it is connected once more than `opens` times. */
  async isBack(opens: number, signal: AbortSignal): Promise<void> {
    while (!this.#client.isConnected || this.opens <= opens) await pause(20, undefined, { signal })
  }

  async stop(): Promise<void> {
    this.quiet()
    await this.#client.close()
  }

  #next(): void {
    const data = { from: this.#name, n: ++this.#sent }
    this.#client
      .event('demo_count', data, { onDrop: 'carry' })
      .then(({ actions: [action] }) => {
        if (action?.action === 'RETURN' && 'result' in action && isReport(action.result)) this.#report = action.result
      })
      .catch(() => {})
  }

  #receive(message: HubServerMessage): void {
    if (!isKnownHubServerMessage(message)) return
    if (message.type === 'broadcast' && message.event === 'demo_tick') this.#ticks.take(Number(message.data['n']))
    if (message.type === 'rpc_ui_request') {
      this.#client.send({ type: 'rpc_ui_response', id: message.id, result: true })
    }
  }
}

function isReport(value: unknown): value is TallyReport {
  return typeof value === 'object' && value !== null && 'received' in value && 'doubled' in value
}

/** Types numbered lines into a shell and counts what comes back. */
export class DemoTypist {
  readonly #session: ShellSession
  readonly #echoed = new Tally(1)
  #timer: NodeJS.Timeout | undefined
  #sent = 0

  constructor({ url, token, cwd }: ClientOptions & { readonly cwd: string }) {
    const command = ['/bin/sh', '-c', 'stty -echo; echo ready; while read -r n; do echo "got $n"; done']
    this.#session = new ShellSession({
      transport: nodeWebSocket(),
      target: shellEndpoint({ url, token, cwd, command }),
      ...DEMO_SHELL,
    })
  }

  get sent(): number {
    return this.#sent
  }

  get echoed(): TallyReport {
    return this.#echoed.report
  }

  async start(): Promise<void> {
    await this.#session.connect()
    await new Promise<void>((resolve) => void this.#read(resolve))
    this.#timer = setInterval(() => {
      this.#session.send(`${++this.#sent}\n`).catch(() => {})
    }, COUNT_EVERY_MS)
  }

  quiet(): void {
    clearInterval(this.#timer)
  }

  async stop(): Promise<void> {
    this.quiet()
    await this.#session.kill()
  }

  async #read(ready: () => void): Promise<void> {
    let rest = ''
    for await (const frame of this.#session) {
      const lines = (rest + frame.text).split(/\r*\n/)
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (line === 'ready') ready()
        const n = /^got (\d+)$/.exec(line)?.[1]
        if (n !== undefined) this.#echoed.take(Number(n))
      }
    }
  }
}
