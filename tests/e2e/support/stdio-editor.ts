import { Writable } from 'node:stream'
import { type ClientContext, client, methods, ndJsonStream, PROTOCOL_VERSION } from '@agentclientprotocol/sdk'
import { CLI_MAIN, type Ended, run } from '../gateway-process.ts'

/** An editor on the official SDK that starts `holdfast acp` as its agent, and what it saw. */
export class StdioEditor {
  readonly texts: string[] = []
  readonly agent: ClientContext
  /** What the command wrote to standard error. */
  told = ''
  readonly #running: ReturnType<typeof run>

  /** @param words of the command line, behind `holdfast acp` */
  constructor(words: readonly string[], environment: NodeJS.ProcessEnv) {
    this.#running = run(CLI_MAIN, ['acp', ...words], environment)
    const { stdin, stdout, stderr } = this.#running.child
    if (stdin === null || stdout === null) throw new Error('expected pipes')
    stderr?.on('data', (chunk) => {
      this.told += String(chunk)
    })
    const app = client({ name: 'editor' })
      .onNotification(methods.client.session.update, ({ params: { update } }) => {
        if (update.sessionUpdate === 'agent_message_chunk' && update.content.type === 'text')
          this.texts.push(update.content.text)
      })
      .onRequest(methods.client.session.requestPermission, () => ({
        outcome: { outcome: 'selected', optionId: 'yes' },
      }))
    const bytes: ReadableStream<Uint8Array> = new ReadableStream({
      start: (controller) => {
        stdout.on('data', (chunk: Buffer) => controller.enqueue(chunk))
        stdout.once('end', () => controller.close())
      },
    })
    this.agent = app.connect(ndJsonStream(Writable.toWeb(stdin), bytes)).agent
  }

  get pid(): number {
    return this.#running.child.pid ?? 0
  }

  get text(): string {
    return this.texts.join('')
  }

  async session(cwd: string): Promise<string> {
    await this.agent.request(methods.agent.initialize, { protocolVersion: PROTOCOL_VERSION, clientCapabilities: {} })
    return (await this.agent.request(methods.agent.session.new, { cwd, mcpServers: [] })).sessionId
  }

  /** @returns how the turn ended */
  async prompt(sessionId: string, text: string): Promise<string> {
    const answer = await this.agent.request(methods.agent.session.prompt, {
      sessionId,
      prompt: [{ type: 'text', text }],
    })
    return answer.stopReason
  }

  kill(signal: NodeJS.Signals): void {
    this.#running.child.kill(signal)
  }

  /** It has nothing more to say, as where its window is closed. */
  close(): Promise<Ended> {
    this.#running.child.stdin?.end()
    return this.#running.ended
  }

  get ended(): Promise<Ended> {
    return this.#running.ended
  }
}

/** What `chunks 1 LAST` of the scripted agent says. */
export function numbersTo(last: number): string {
  return Array.from({ length: last }, (_, at) => `${at + 1} `).join('')
}
