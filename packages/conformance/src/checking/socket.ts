import type { IncomingHttpHeaders } from 'node:http'
import { WebSocket } from 'ws'
import { Frames, type FramesOptions } from './frames.ts'

/** How a WebSocket is opened. */
export interface SocketOptions<Frame> extends FramesOptions<Frame> {
  readonly headers?: Readonly<Record<string, string>>
  readonly protocols?: readonly string[]
  readonly read: (data: Buffer, isBinary: boolean) => Frame
}

/** More than any frame that is asked for here. */
const MAX_PAYLOAD_BYTES = 33_554_432

/** A WebSocket that does only what it is asked to: it answers nothing, and keeps every frame. */
export class Socket<Frame> {
  readonly frames: Frames<Frame>
  readonly #socket: WebSocket
  /** The status of a refused upgrade. */
  refusedWith: number | undefined
  /** Of the answer to the upgrade. */
  headers: IncomingHttpHeaders = {}
  /** Why it could not be opened, as the system says it. */
  failure: string | undefined

  constructor(url: string, options: SocketOptions<Frame>) {
    const { headers = {}, protocols = [], read } = options
    this.frames = new Frames(options)
    const socket = new WebSocket(url, [...protocols], { headers, maxPayload: MAX_PAYLOAD_BYTES })
    this.#socket = socket
    socket.on('error', ({ message }) => {
      this.failure ??= message
    })
    socket.on('upgrade', (response) => {
      this.headers = response.headers
    })
    socket.on('message', (data: Buffer, isBinary) => this.frames.put(read(data, isBinary)))
    socket.on('close', (code, reason) => this.frames.end({ code, reason: String(reason) || (this.failure ?? '') }))
    socket.on('unexpected-response', (_request, response) => {
      this.refusedWith = response.statusCode
      response.resume()
      this.frames.end({ code: 1006, reason: `HTTP ${response.statusCode}` })
    })
  }

  /** Resolves when it is open; without it, when it never will be. */
  opened(): Promise<boolean> {
    const { readyState } = this.#socket
    if (readyState !== WebSocket.CONNECTING) return Promise.resolve(readyState === WebSocket.OPEN)
    return new Promise((resolve) => {
      this.#socket.once('open', () => resolve(true))
      this.#socket.once('close', () => resolve(false))
      this.#socket.once('unexpected-response', () => resolve(false))
    })
  }

  /** Why it was not opened. */
  get whyNot(): string {
    if (this.refusedWith !== undefined) return `the server refused the connection with HTTP ${this.refusedWith}`
    return this.failure ?? 'the server ended the connection before it was open'
  }

  send(data: string | Uint8Array): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(data)
  }

  /** Ends it with the code 1000. */
  close(): void {
    this.#socket.close(1000)
  }

  /** As a link that breaks: without a close frame. */
  drop(): void {
    this.#socket.terminate()
  }
}
