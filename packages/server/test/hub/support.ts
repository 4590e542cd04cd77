import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { memoryLog, type SessionLog } from '@holdfast/log'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { createHub, type Hub, type HubOptions } from '../../src/hub/hub.ts'

export type Json = Readonly<Record<string, unknown>>

export interface HubFixture {
  readonly hub: Hub
  readonly log: SessionLog
  readonly server: Server
  readonly base: string
  client(query: Readonly<Record<string, string>>, options?: ClientOptions): RawClient
}

interface ClientOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly first?: Json
}

/** A hub on a port of its own; everything is closed when the test ends. */
export async function startHub(options: Partial<HubOptions> = {}): Promise<HubFixture> {
  const log = options.log ?? memoryLog()
  const hub = createHub({ ...options, log })
  const server = createServer((_request, response) => {
    response.writeHead(404).end('the application')
  })
  hub.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const port = addressOf(server).port
  const base = `http://127.0.0.1:${port}`
  const clients: RawClient[] = []
  onTestFinished(async () => {
    for (const client of clients) client.drop()
    await hub.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await log.close()
  })
  return {
    hub,
    log,
    server,
    base,
    client: (query, clientOptions = {}) => {
      const client = new RawClient(`ws://127.0.0.1:${port}/api/ws?${new URLSearchParams(query)}`, clientOptions)
      clients.push(client)
      return client
    },
  }
}

export function addressOf(server: Server): AddressInfo {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a listening server')
  return address
}

/** A client that speaks the wire and nothing else: frames out, every frame in kept. */
export class RawClient {
  readonly socket: WebSocket
  readonly frames: Json[] = []
  readonly closed: Promise<{ code: number; reason: string }>
  readonly refused: Promise<{ status: number; body: string }>
  #wake: () => void = () => {}
  #end: { code: number; reason: string } | undefined
  #read = 0

  constructor(url: string, { headers = {}, first }: ClientOptions) {
    this.socket = new WebSocket(url, { headers })
    this.socket.on('error', () => {})
    if (first !== undefined) this.socket.on('open', () => this.send(first))
    this.socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)))
      this.#wake()
    })
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        this.#end = { code, reason: String(reason) }
        this.#wake()
        resolve(this.#end)
      })
    })
    this.refused = new Promise((resolve) => {
      this.socket.on('unexpected-response', (_request, response) => {
        let body = ''
        response.on('data', (chunk) => {
          body += String(chunk)
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      })
    })
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  /** The next frame that fits, after the one that was asked for last; fails when the socket closes before. */
  async next(fits: (frame: Json) => boolean | undefined = () => true): Promise<Json> {
    for (;;) {
      while (this.#read < this.frames.length) {
        const frame = this.frames[this.#read++]
        if (frame !== undefined && fits(frame)) return frame
      }
      if (this.#end !== undefined) throw new Error(`closed with ${this.#end.code} ${this.#end.reason}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** The next frame of a type. */
  type(type: string): Promise<Json> {
    return this.next((frame) => frame['type'] === type)
  }

  /** Reads on from the start of what is kept. */
  rewind(): void {
    this.#read = 0
  }

  drop(): void {
    this.socket.terminate()
  }
}

/** An event of a lead. */
export function event(id: string, name = 'agent_progress', data: Json = {}): Json {
  return { type: 'event', id, event: name, data }
}

/** Waits until a condition holds, looking at every turn of the event loop. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}
