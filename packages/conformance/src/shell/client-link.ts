import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { type Frames, type FramesOptions, framesOn } from '../checking/frames.ts'
import { type Json, readJson } from '../checking/json.ts'
import { CHANNEL, describeFrame, offsetsOf, readFrame, type ShellFrame, writeFrame } from './shell-frames.ts'

/** The shell of every client that is checked. */
export const SHELL_ID = 'conformance'

/** What a server offers where a row says nothing else. */
export const OFFER = {
  v: 1,
  epoch: 'conformance-epoch',
  role: 'writer',
  lease: 'conformance-lease',
  window: 196_608,
  maxFrame: 65_536,
  ring: 262_144,
  size: { width: 80, height: 24 },
  retainMs: 900_000,
} as const

/** One connection of the client that is checked. */
export class ShellClientLink {
  readonly url: string
  readonly query: URLSearchParams
  readonly path: string
  /** The header of the upgrade, and what else it offers that may be a credential. */
  readonly credentials: string
  readonly frames: Frames<ShellFrame>
  readonly #socket: WebSocket

  constructor(
    socket: WebSocket,
    { url = '', headers }: IncomingMessage,
    options: Omit<FramesOptions<ShellFrame>, 'describe'>,
  ) {
    const { searchParams, pathname } = new URL(url, 'ws://conformance')
    this.#socket = socket
    this.url = url
    this.query = searchParams
    this.path = pathname
    this.credentials = `${headers.authorization ?? ''} ${headers['sec-websocket-protocol'] ?? ''}`
    const answer = (frame: ShellFrame): void => this.#answer(frame)
    this.frames = framesOn(socket, { ...options, describe: describeFrame, read: readFrame, answer })
  }

  /** The client has been here. */
  get isBack(): boolean {
    return this.query.has('lease')
  }

  /** What was typed. */
  get typed(): string {
    return String(Buffer.concat(this.of(CHANNEL.stdin).map(({ payload }) => payload)))
  }

  of(channel: number): readonly ShellFrame[] {
    return this.frames.all.filter((frame) => frame.channel === channel)
  }

  /** Says that the client is attached. Without `offer`: at a server without the extension. */
  confirm(reconnected: boolean, offer?: Json): void {
    const holdfast = offer === undefined ? {} : { holdfast: { ...OFFER, ...offer } }
    const metadata = { shellId: SHELL_ID, reconnected, ...holdfast }
    this.send(CHANNEL.status, JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata, status: 'Success' }))
  }

  send(channel: number, payload: string | Uint8Array = ''): void {
    this.#socket.send(writeFrame(channel, payload))
  }

  print(text: string): void {
    this.send(CHANNEL.stdout, text)
  }

  sendControl(message: Json): void {
    this.send(CHANNEL.ctrl, JSON.stringify(message))
  }

  /** So many bytes of input were given to the program. */
  acknowledge(offset: number): void {
    this.send(CHANNEL.ack, offsetsOf(offset))
  }

  /** The first message of a type on CTRL. */
  async control(type: string): Promise<Json> {
    const found = (): Json | undefined =>
      this.of(CHANNEL.ctrl)
        .map(({ payload }) => readJson(String(payload)))
        .find((message) => message['type'] === type)
    await this.frames.until(() => found() !== undefined, `{"type":"${type}"} on CTRL`)
    return found() ?? {}
  }

  /** Resolves when exactly this, and nothing else, was typed on the connection. */
  async types(text: string): Promise<void> {
    await this.frames.until(() => this.typed.length >= text.length, `${JSON.stringify(text)} on STDIN`)
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  drop(): void {
    this.#socket.terminate()
  }

  /** What every server does (shell §1). */
  #answer(frame: ShellFrame): void {
    if (frame.channel === CHANNEL.heartbeat) this.send(CHANNEL.heartbeat)
  }
}
