import { createServer, type Server } from 'node:http'
import type { Clock } from '@holdfast/contract'
import { WebSocketServer } from 'ws'
import type { ClientProgram, StartClient } from '../checking/client-program.ts'
import { Frames } from '../checking/frames.ts'
import { type Json, readJson } from '../checking/json.ts'
import type { Stage } from '../checking/rows.ts'
import { anchorOf, ClientLink } from './client-link.ts'

/** How clients are checked. */
export interface ClientTarget {
  readonly start: StartClient
  readonly timeoutMs: number
  readonly clock: Clock
}

/** A program may take its time until it connects first. In milliseconds. */
const START_MS = 60_000

/** The credential that the client is given. */
export const CLIENT_TOKEN = 'conformance-credential'

/** The epoch of the session, with the client's name in it. */
export const EPOCH = 'conformanceepoch-client'

/** The bound that the server announces. */
export const MAX_FRAME_BYTES = 16_384

/** A hub that does what the row says, and the client that is checked. */
export class ClientScene implements Stage {
  readonly said: Frames<Json>
  readonly #arrivals: Frames<ClientLink>
  readonly #target: ClientTarget
  readonly #server: Server = createServer()
  readonly #sockets: WebSocketServer
  readonly #programs: ClientProgram[] = []
  #address = ''

  private constructor(target: ClientTarget) {
    this.#target = target
    this.said = new Frames(target)
    this.#arrivals = new Frames({ ...target, describe: ({ url }) => url })
    this.#sockets = new WebSocketServer({ server: this.#server })
    this.#sockets.on('connection', (socket, request) =>
      this.#arrivals.put(new ClientLink(socket, request, { ...target })),
    )
  }

  /** Listens. The client is started for its first connection. */
  static async open(target: ClientTarget): Promise<ClientScene> {
    const scene = new ClientScene(target)
    await new Promise<void>((resolve) => scene.#server.listen(0, '127.0.0.1', resolve))
    const address = scene.#server.address()
    scene.#address = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
    return scene
  }

  /** Starts a client, or one more. */
  start(role: 'controller' | 'observer' = 'controller'): void {
    const environment = {
      HOLDFAST_URL: this.#address,
      HOLDFAST_SESSION: 'conformance',
      HOLDFAST_ROLE: role,
      HOLDFAST_TOKEN: CLIENT_TOKEN,
    }
    const said = (line: string): void => this.said.put(readJson(line))
    const ended = (reason: string): void => this.said.end({ code: 0, reason })
    this.#programs.push(this.#target.start(environment, said, ended))
  }

  /** The next connection of the client. */
  arrival(): Promise<ClientLink> {
    if (this.#programs.length === 0) this.start()
    const isStarting = this.#arrivals.all.length < this.#programs.length
    const timeoutMs = Math.max(this.#target.timeoutMs, isStarting ? START_MS : 0)
    return this.#arrivals.next(() => true, 'the client to connect', timeoutMs)
  }

  /** The next connection, accepted: by version 2 and with a memory of the client, unless `offer` says something else. */
  async accept(offer: Json = {}, seq = 0): Promise<ClientLink> {
    const link = await this.arrival()
    const isBack = link.query.has('after')
    const sender = { known: isBack, highest: 0, answersFrom: 1 }
    const limits = { maxFrameBytes: MAX_FRAME_BYTES }
    const base = { v: 2, epoch: EPOCH, seq, anchor: anchorOf(seq), resumed: isBack, limits, sender }
    link.send({
      type: 'init',
      role: link.query.get('role') ?? 'observer',
      sessionId: 'conformance',
      holdfast: { ...base, ...offer },
    })
    link.send({ type: 'live', seq, anchor: anchorOf(seq) })
    return link
  }

  /** Makes the client send a message. */
  send(text: string): void {
    for (const program of this.#programs) program.tell(JSON.stringify({ send: text }))
  }

  /** The client has given this to its application. */
  received(text: string): Promise<Json> {
    return this.said.next(({ event }) => event === text, `the client to say {"event":${JSON.stringify(text)}}`)
  }

  /** The client has said what became of a message. */
  outcome(text: string, outcome: 'answered' | 'in doubt' | 'rejected'): Promise<Json> {
    return this.said.next(
      (line) => line['send'] === text && line['outcome'] === outcome,
      `the client to say ${JSON.stringify({ send: text, outcome })}`,
    )
  }

  /** Texts of the events that the client gave to its application. */
  get texts(): readonly unknown[] {
    return this.said.all.map(({ event }) => event).filter((event) => event !== undefined)
  }

  async close(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate()
    await Promise.all(this.#programs.map((program) => program.close()))
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
