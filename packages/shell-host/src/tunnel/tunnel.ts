import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock, Timer } from '@holdfast/contract'
import { ServerStream } from './server-stream.ts'

/** How long the other side has to take what was on its way once one side has ended. */
const LINGER_MS = 10_000
/** Opcode of a close frame that is the whole message (RFC 6455 §5.2). */
const CLOSE_FRAME = 0x88
/** A control frame's payload is at most this long (RFC 6455 §5.5). */
const MAX_CLOSE_BYTES = 125

/** What is at a tunnel's two ends. */
export interface TunnelEnds {
  /** Towards the client, whose upgrade was not answered yet. */
  readonly client: Duplex
  /** Towards the server that answers it. */
  readonly server: Duplex
  readonly clock: Clock
  /** Called once, when both ends are closed. */
  readonly ended?: (() => void) | undefined
}

/**
 * One client's upgrade and everything after it, carried byte for byte: pings, closes and pauses work from end to end,
 * and nothing is read, masked or copied in between. The slow side slows the other: at most one socket's buffer waits.
 */
export class Tunnel {
  readonly #client: Duplex
  readonly #server: Duplex
  readonly #clock: Clock
  readonly #ended: (() => void) | undefined
  readonly #stream = new ServerStream()
  #closeFrame: Uint8Array | undefined
  #linger: Timer | undefined
  #open = 2

  /** `request`: the head of the request for the server, and what the client sent behind it. */
  constructor(ends: TunnelEnds, request: readonly (string | Uint8Array)[]) {
    this.#client = ends.client
    this.#server = ends.server
    this.#clock = ends.clock
    this.#ended = ends.ended
    for (const side of [this.#client, this.#server]) {
      // Keys and their echoes are single small writes: none may wait for an acknowledgement of the one before.
      if (side instanceof Socket) side.setNoDelay(true).setTimeout(0)
      side.once('close', () => this.#closed())
    }
    this.#client.on('error', () => this.cut())
    // A server that refuses may be gone while the request is still being written: what it said goes out all the same.
    this.#server.on('error', () => this.#client.end())
    // In one piece: a server that answered the first must not fail the second.
    this.#server.write(Buffer.concat(request.map((part) => Buffer.from(part))))
    this.#client.pipe(this.#server)
    this.#server.on('data', (chunk: Uint8Array) => this.#toClient(chunk))
    this.#server.once('end', () => this.#client.end())
    this.#client.on('drain', () => this.#server.resume())
  }

  /**
   * Closes the client with a code of this side's own, as soon as its upgrade is answered and no frame is under way; the
   * server sees a connection that dropped.
   */
  close(code: number, reason: string): void {
    if (this.#closeFrame !== undefined) return
    this.#closeFrame = closeFrame(code, reason)
    if (this.#stream.isBetweenFrames) this.#sendCloseFrame(this.#closeFrame)
  }

  /** Ends both sides at once. Idempotent. */
  cut(): void {
    this.#client.destroy()
    this.#server.destroy()
  }

  #toClient(chunk: Uint8Array): void {
    const place = this.#stream.follow(chunk)
    if (this.#closeFrame !== undefined && place !== undefined) {
      this.#client.write(chunk.subarray(0, place))
      return this.#sendCloseFrame(this.#closeFrame)
    }
    if (!this.#client.write(chunk)) this.#server.pause()
  }

  #sendCloseFrame(frame: Uint8Array): void {
    this.#client.unpipe(this.#server)
    this.#server.removeAllListeners('data')
    this.#server.destroy()
    this.#client.resume()
    this.#client.end(frame)
  }

  /** What was on its way to the other side may still arrive; then it goes too. */
  #closed(): void {
    this.#open -= 1
    if (this.#open === 0) {
      this.#linger?.cancel()
      this.#ended?.()
      return
    }
    this.#client.end()
    this.#server.end()
    this.#linger = this.#clock.after(LINGER_MS, () => this.cut())
  }
}

function closeFrame(code: number, reason: string): Uint8Array {
  const text = new Uint8Array(MAX_CLOSE_BYTES - 2)
  const { written } = new TextEncoder().encodeInto(reason, text)
  return Uint8Array.of(CLOSE_FRAME, 2 + written, code >> 8, code & 0xff, ...text.subarray(0, written))
}
