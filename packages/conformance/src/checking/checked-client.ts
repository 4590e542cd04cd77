import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Clock } from '@holdfast/contract'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ClientProgram, StartClient } from './client-program.ts'
import { Frames } from './frames.ts'
import { type Json, readJson } from './json.ts'

/** How clients are checked. */
export interface ClientTarget {
  readonly start: StartClient
  readonly timeoutMs: number
  readonly clock: Clock
}

/** The credential that the client is given. */
export const CLIENT_TOKEN = 'conformance-credential'

/** What becomes of a message that the client was asked to send. */
export type SendOutcome = 'answered' | 'acknowledged' | 'in doubt' | 'rejected'

/** A program may take its time until it connects first. In milliseconds. */
const START_MS = 60_000

/** What a {@link CheckedClient} is made of. */
export interface CheckedClientParts<Link> {
  readonly target: ClientTarget
  /** A connection of the client, as the rows see it. */
  readonly link: (socket: WebSocket, request: IncomingMessage) => Link
  readonly describe: (link: Link) => string
}

/** The client that is checked, and the server that it connects to. */
export class CheckedClient<Link> {
  /** The lines that it wrote. */
  readonly reports: Frames<Json>
  readonly #arrivals: Frames<Link>
  readonly #target: ClientTarget
  readonly #server: Server = createServer()
  readonly #sockets: WebSocketServer
  readonly #programs: ClientProgram[] = []
  #address = ''

  private constructor({ target, link, describe }: CheckedClientParts<Link>) {
    this.#target = target
    this.reports = new Frames(target)
    this.#arrivals = new Frames({ ...target, describe })
    this.#sockets = new WebSocketServer({ server: this.#server })
    this.#sockets.on('connection', (socket, request) => this.#arrivals.put(link(socket, request)))
  }

  /** Listens. The client is started for its first connection. */
  static async open<Link>(parts: CheckedClientParts<Link>): Promise<CheckedClient<Link>> {
    const client = new CheckedClient(parts)
    await new Promise<void>((resolve) => client.#server.listen(0, '127.0.0.1', resolve))
    const address = client.#server.address()
    client.#address = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
    return client
  }

  /** Starts a client, or one more. `more`: variables beside the address and the credential. */
  start(more: Readonly<Record<string, string>> = {}): void {
    const environment = { HOLDFAST_URL: this.#address, HOLDFAST_TOKEN: CLIENT_TOKEN, ...more }
    const reported = (line: string): void => this.reports.put(readJson(line))
    const ended = (reason: string): void => this.reports.end({ code: 0, reason })
    this.#programs.push(this.#target.start(environment, reported, ended))
  }

  get isStarted(): boolean {
    return this.#programs.length > 0
  }

  /** The next connection of the client. */
  arrival(): Promise<Link> {
    const isStarting = this.#arrivals.all.length < this.#programs.length
    const timeoutMs = Math.max(this.#target.timeoutMs, isStarting ? START_MS : 0)
    return this.#arrivals.next(() => true, 'the client to connect', timeoutMs)
  }

  /** How many connections it made. */
  get connections(): number {
    return this.#arrivals.all.length
  }

  /** Writes an instruction to the client. */
  instruct(line: Json): void {
    for (const program of this.#programs) program.write(JSON.stringify(line))
  }

  /** Resolves when the client has written a line that fits. */
  reported(fits: (line: Json) => boolean, expected: Json): Promise<Json> {
    return this.reports.next(fits, `the client to write ${JSON.stringify(expected)}`)
  }

  /** The client has given this to its application. */
  received(text: string): Promise<Json> {
    return this.reported(({ event }) => event === text, { event: text })
  }

  /** The client has reported the outcome of a message that it was asked to send. */
  outcome(text: string, outcome: SendOutcome): Promise<Json> {
    return this.reported((line) => line['send'] === text && line['outcome'] === outcome, { send: text, outcome })
  }

  /** Texts of the events that the client gave to its application. */
  get texts(): readonly unknown[] {
    return this.reports.all.map(({ event }) => event).filter((event) => event !== undefined)
  }

  async close(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate()
    await Promise.all(this.#programs.map((program) => program.close()))
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
