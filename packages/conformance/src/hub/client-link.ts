import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { type Frames, type FramesOptions, framesOn } from '../checking/frames.ts'
import { type Json, objectOf, readJson } from '../checking/json.ts'

/** One connection of the client that is checked. */
export class ClientLink {
  readonly query: URLSearchParams
  /** The header of the upgrade. */
  readonly authorization: string
  readonly url: string
  readonly frames: Frames<Json>
  readonly #socket: WebSocket

  constructor(socket: WebSocket, { url = '', headers }: IncomingMessage, options: FramesOptions<Json>) {
    this.#socket = socket
    this.url = url
    this.query = new URL(url, 'ws://conformance').searchParams
    this.authorization = headers.authorization ?? ''
    const read = (data: Buffer): Json => readJson(String(data))
    this.frames = framesOn(socket, { ...options, read, answer: (frame) => this.#answer(frame) })
  }

  /** Commands that came, in order. */
  get commands(): readonly Json[] {
    return this.frames.all.filter(({ type }) => type === 'command')
  }

  send(message: Json): void {
    this.#socket.send(JSON.stringify(message))
  }

  /** An event of the log. */
  event(seq: number, more: Json = {}): void {
    const event = { type: 'broadcast', event: 'conformance', category: 'other', sessionId: 's', timestamp: 0 }
    this.send({ ...event, data: { text: `${seq}` }, seq, anchor: anchorOf(seq), ...more })
  }

  /** The next command with this text. */
  command(text: string): Promise<Json> {
    return this.frames.next(({ args }) => args === text, `the message ${JSON.stringify(text)} on the wire`)
  }

  acked(...messages: readonly Json[]): void {
    this.send({ type: 'acked', ids: messages.map(({ id, mid }) => mid ?? id) })
  }

  drop(): void {
    this.#socket.terminate()
  }

  /** What every hub does (hub §2, §3). */
  #answer(frame: Json): void {
    const { type, timestamp } = frame
    if (type === 'ping') this.send({ type: 'pong', timestamp: 0, echoedTimestamp: timestamp })
    if (type === 'bootstrap_ready') this.send({ type: 'session_hydration', sessionId: 's', entries: [], resumedAt: 0 })
  }
}

export function anchorOf(seq: number): string {
  return seq === 0 ? '' : `anchor${seq}`
}

/** The offer of a message, or an object without members. */
export function holdfastOf(frame: Json): Json {
  return objectOf(frame['holdfast'])
}
