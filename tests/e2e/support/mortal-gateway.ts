import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SqliteLog, sqliteLog } from '@holdfast/store-sqlite'
import { type GatewayProcess, startGateway } from '../gateway-process.ts'

export const TOKEN = 'not-to-be-told'
/** Of somebody else, who may only use the tracker. */
export const PERSON_TOKEN = 'nor-this-one'

/** A gateway process with the embedded store that can be killed, and comes back at the same place with the same folder. */
export class MortalGateway {
  readonly port: number
  /** Everything that ended processes wrote. */
  output = ''
  readonly #data: string
  #running: GatewayProcess

  private constructor(running: GatewayProcess, data: string) {
    this.#running = running
    this.#data = data
    this.port = running.port
  }

  /** `prepare` may fill the store before. */
  static async start(prepare: (log: SqliteLog) => Promise<unknown> = async () => {}): Promise<MortalGateway> {
    const data = mkdtempSync(join(tmpdir(), 'holdfast-mortal-'))
    const log = sqliteLog({ path: join(data, 'sessions.db') })
    await prepare(log)
    await log.close()
    return new MortalGateway(await startGateway(argumentsOf(0, data)), data)
  }

  get url(): string {
    return this.#running.url
  }

  /** kill -9, and again on its feet after `awayMs`. */
  async killAndRestart(awayMs: number): Promise<void> {
    await this.kill()
    await new Promise((resolve) => setTimeout(resolve, awayMs))
    await this.restart()
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** SIGSTOP: links stay, and nobody answers on them. SIGCONT: it continues. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#running.child.kill(name)
  }

  async restart(): Promise<void> {
    this.#running = await startGateway(argumentsOf(this.port, this.#data))
  }

  /** One number of `/metrics`; the sum where it has labels. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text()
    const values = text
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .map((line) => Number(line.slice(line.lastIndexOf(' '))))
    if (values.length === 0) throw new Error(`expected a metric ${name}`)
    return values.reduce((sum, value) => sum + value, 0)
  }

  async close(): Promise<void> {
    await this.#end('SIGKILL')
    rmSync(this.#data, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const { stdout, stderr } = await this.#running.stop(signal)
    this.output += stdout + stderr
  }
}

function argumentsOf(port: number, data: string): readonly string[] {
  const tokens = ['--token', TOKEN, '--token', `${PERSON_TOKEN}=person:track`]
  return ['--port', String(port), '--data', data, ...tokens, '--shell', 'none']
}
