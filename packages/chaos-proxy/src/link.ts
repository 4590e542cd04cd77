import { connect, type Socket } from 'node:net'
import type { Clock } from '@holdfast/contract'
import { DirectionPipe, resetSocket, type Shape } from './direction-pipe.ts'

/** Which way the bytes go: `up` is from the client to the target. */
export type Direction = 'up' | 'down' | 'both'

/** One connection through the proxy, as a test may look at it. */
export interface LinkInfo {
  /** 1, 2, 3 … in the order of accepting. */
  readonly id: number
  /** Bytes passed on from the client to the target. */
  readonly bytesUp: number
  /** Bytes passed on from the target to the client. */
  readonly bytesDown: number
  /** Bytes read and not yet passed on, both ways. */
  readonly bufferedBytes: number
}

/** What a link is made of. */
export interface LinkParts {
  readonly id: number
  readonly client: Socket
  readonly target: { readonly host: string; readonly port: number }
  readonly up: Shape
  readonly down: Shape
  readonly clock: Clock
  readonly maxBufferedBytes: number
  readonly onBytes: (direction: 'up' | 'down', count: number) => void
  /** Both sockets are closed. */
  readonly onGone: () => void
  readonly onTargetFailed: (error: Error) => void
}

/**
 * Between the last bytes of a cut and its RST. When both arrive together, libuv reports an end to the reader instead of
 * `ECONNRESET`, and other stacks drop the bytes.
 */
const CUT_GAP_MS = 20

/** After a FIN, a peer that does not close its side is destroyed after this long. */
const FIN_LINGER_MS = 5_000

/** A client's socket, a socket to the target, and a lane each way. */
export class Link implements LinkInfo {
  readonly id: number
  readonly #parts: LinkParts
  readonly #client: Socket
  #upstream: Socket | undefined
  #up: DirectionPipe | undefined
  #down: DirectionPipe | undefined
  #clientCut: number | undefined

  constructor(parts: LinkParts) {
    this.id = parts.id
    this.#parts = parts
    this.#client = parts.client
    this.#client.on('error', () => {})
    this.#client.on('close', () => this.#checkGone())
    this.shapeChanged()
  }

  get bytesUp(): number {
    return this.#up?.bytes ?? 0
  }

  get bytesDown(): number {
    return this.#down?.bytes ?? 0
  }

  get bufferedBytes(): number {
    return (this.#up?.bufferedBytes ?? 0) + (this.#down?.bufferedBytes ?? 0)
  }

  /** Dials the target unless the way up is a black hole; then lets pass what may pass. */
  shapeChanged(): void {
    if (this.#upstream === undefined) {
      if (!this.#parts.up.stalled && !this.#client.destroyed) this.#dial()
      return
    }
    this.#up?.flush()
    this.#down?.flush()
  }

  /** RST to both ends, now. What was queued is lost. */
  reset(): void {
    this.#stopPipes()
    resetSocket(this.#client)
    if (this.#upstream !== undefined) resetSocket(this.#upstream)
    this.#checkGone()
  }

  /** FIN to the end or ends that this direction leads to. What was queued in it is lost. */
  fin(direction: Direction): void {
    if (direction !== 'up') this.#finTo(this.#down, this.#client)
    if (direction !== 'down') this.#finTo(this.#up, this.#upstream)
    if (direction === 'both') this.#boundClosing()
  }

  /** Half of the next chunk in this direction passes; then RST to both ends. */
  resetMidFrame(direction: 'up' | 'down'): void {
    const pipe = direction === 'up' ? this.#up : this.#down
    pipe?.cutInNextChunk()
  }

  /** So many bytes pass from the target to the client; then RST to both ends. */
  resetAfterDown(bytes: number): void {
    this.#clientCut = bytes
    this.#down?.cutAfter(bytes)
  }

  #dial(): void {
    const { target, clock, maxBufferedBytes, up, down, onBytes } = this.#parts
    const client = this.#client
    const upstream = connect({ host: target.host, port: target.port, noDelay: true, allowHalfOpen: true })
    this.#upstream = upstream
    let failure: Error | undefined
    upstream.on('error', (error) => {
      failure = error
    })
    upstream.on('close', () => this.#checkGone())
    upstream.once('connect', () => upstream.off('close', refused))
    const refused = (): void => this.#parts.onTargetFailed(failure ?? new Error('closed before it was connected'))
    upstream.once('close', refused)
    const onCut = (): void => this.#resetSoon()
    const shared = { clock, maxBufferedBytes, onCut }
    this.#up = new DirectionPipe({ ...shared, from: client, to: upstream, shape: up, onBytes: (n) => onBytes('up', n) })
    this.#down = new DirectionPipe({
      ...shared,
      from: upstream,
      to: client,
      shape: down,
      onBytes: (n) => onBytes('down', n),
    })
    if (this.#clientCut !== undefined) this.#down.cutAfter(this.#clientCut)
    this.#up.flush()
    this.#down.flush()
  }

  #finTo(pipe: DirectionPipe | undefined, to: Socket | undefined): void {
    pipe?.stop()
    to?.end()
  }

  #boundClosing(): void {
    const timer = this.#parts.clock.after(FIN_LINGER_MS, () => this.reset())
    this.#client.once('close', () => {
      if (this.#upstream?.destroyed ?? true) timer.cancel()
    })
    this.#upstream?.once('close', () => {
      if (this.#client.destroyed) timer.cancel()
    })
  }

  #resetSoon(): void {
    this.#stopPipes()
    this.#parts.clock.after(CUT_GAP_MS, () => this.reset())
  }

  #stopPipes(): void {
    this.#up?.stop()
    this.#down?.stop()
  }

  #checkGone(): void {
    if (!this.#client.destroyed || !(this.#upstream?.destroyed ?? true)) return
    this.#stopPipes()
    this.#parts.onGone()
  }
}
