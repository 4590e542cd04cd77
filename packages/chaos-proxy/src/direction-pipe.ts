import type { Socket } from 'node:net'
import type { Clock, Timer } from '@holdfast/contract'

/** What happens to the bytes of one direction, on every link of a proxy. */
export interface Shape {
  /** A black hole: nothing is read, so nothing passes, and neither end is notified. */
  stalled: boolean
  delayMs: number
  /** 0 is no limit. */
  bytesPerSecond: number
}

/** What a lane is made of. */
export interface DirectionParts {
  readonly from: Socket
  readonly to: Socket
  readonly shape: Shape
  readonly clock: Clock
  readonly maxBufferedBytes: number
  /** Called instead of passing on when a planned cut is reached. */
  readonly onCut: () => void
  /** Called after every piece that was passed on. */
  readonly onBytes: (count: number) => void
}

interface QueuedPiece {
  readonly bytes: Buffer
  readonly readyAt: number
}

/** A throttled lane sends this many pieces in a second, so that a slow link is slow and not bursty. */
const PIECES_PER_SECOND = 50

/** One direction of a link: reads from one socket, and passes on in order what the shape lets through. */
export class DirectionPipe {
  readonly #parts: DirectionParts
  readonly #queue: QueuedPiece[] = []
  #bufferedBytes = 0
  #bytes = 0
  #timer: Timer | undefined
  #nextPieceAt = 0
  #blocked = false
  #ended: 'no' | 'fin' | 'reset' = 'no'
  #finPassed = false
  #stopped = false
  /** Bytes that may still pass before the cut. */
  #cutAfter: number | undefined
  #cutInNextChunk = false

  constructor(parts: DirectionParts) {
    this.#parts = parts
    const { from, to } = parts
    from.on('data', (bytes: Buffer) => this.#take(bytes))
    from.on('end', () => this.#sourceEnded('fin'))
    from.on('close', (failed) => this.#sourceEnded(failed || this.#ended === 'no' ? 'reset' : this.#ended))
    to.on('drain', () => {
      this.#blocked = false
      this.flush()
    })
  }

  /** Bytes passed on. */
  get bytes(): number {
    return this.#bytes
  }

  /** Bytes read and not yet passed on. */
  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  /** Half of the next chunk passes; then `onCut`. */
  cutInNextChunk(): void {
    this.#cutInNextChunk = true
  }

  /** This many further bytes pass; then `onCut`. */
  cutAfter(bytes: number): void {
    this.#cutAfter = bytes
  }

  /** Passes nothing on any more. What still arrives is read and thrown away, so that a FIN is seen. */
  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#queue.length = 0
    this.#bufferedBytes = 0
    this.#parts.from.resume()
  }

  /** Passes on what may pass now. Called whenever the shape changed. */
  flush(): void {
    if (this.#stopped) return
    this.#timer?.cancel()
    this.#timer = undefined
    while (this.#passOne());
    if (!this.#stopped) this.#readOrWait()
  }

  #take(bytes: Buffer): void {
    if (this.#stopped) return
    const { clock, shape } = this.#parts
    this.#queue.push({ bytes, readyAt: clock.now() + shape.delayMs })
    this.#bufferedBytes += bytes.length
    this.flush()
  }

  #sourceEnded(how: 'fin' | 'reset'): void {
    this.#ended = how
    this.flush()
  }

  /** True when something passed and there may be more. */
  #passOne(): boolean {
    const { shape, clock, to } = this.#parts
    if (this.#stopped || shape.stalled) return false
    if (this.#ended === 'reset') return this.#passReset()
    const head = this.#queue[0]
    if (head === undefined) return this.#passFin()
    if (this.#blocked || this.#waits(head, clock.now())) return false
    const piece = this.#nextPiece(head)
    this.#blocked = piece.length > 0 && !to.write(piece)
    this.#bytes += piece.length
    this.#parts.onBytes(piece.length)
    if (this.#cutAfter === 0) {
      this.stop()
      this.#parts.onCut()
      return false
    }
    return true
  }

  /** Arms the timer when the head of the queue is not due yet. */
  #waits(head: QueuedPiece, now: number): boolean {
    const at = Math.max(head.readyAt, this.#parts.shape.bytesPerSecond > 0 ? this.#nextPieceAt : 0)
    if (at <= now) return false
    this.#timer = this.#parts.clock.after(at - now, () => this.flush())
    return true
  }

  #nextPiece(head: QueuedPiece): Buffer {
    if (this.#cutInNextChunk) {
      this.#cutInNextChunk = false
      this.#cutAfter = Math.floor(head.bytes.length / 2)
    }
    const { bytesPerSecond } = this.#parts.shape
    const throttled = bytesPerSecond > 0 ? Math.max(1, Math.floor(bytesPerSecond / PIECES_PER_SECOND)) : Infinity
    const size = Math.min(head.bytes.length, throttled, this.#cutAfter ?? Infinity)
    if (bytesPerSecond > 0) this.#nextPieceAt = this.#parts.clock.now() + (size * 1000) / bytesPerSecond
    if (this.#cutAfter !== undefined) this.#cutAfter -= size
    this.#bufferedBytes -= size
    if (size === head.bytes.length) this.#queue.shift()
    else this.#queue[0] = { bytes: head.bytes.subarray(size), readyAt: head.readyAt }
    return head.bytes.subarray(0, size)
  }

  #passFin(): boolean {
    if (this.#ended === 'fin' && !this.#finPassed) {
      this.#finPassed = true
      this.#parts.to.end()
    }
    return false
  }

  /** As the network does: a reset overtakes what was on its way. */
  #passReset(): boolean {
    this.stop()
    resetSocket(this.#parts.to)
    return false
  }

  /** Reads on, except into a black hole, against a full receiver, or beyond the bound. */
  #readOrWait(): void {
    const { from, shape, maxBufferedBytes } = this.#parts
    const wait = shape.stalled || this.#blocked || this.#bufferedBytes >= maxBufferedBytes
    if (wait) from.pause()
    else from.resume()
  }
}

/** RST; a socket that never connected has nothing to reset. */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return
  if (socket.connecting) socket.destroy()
  else socket.resetAndDestroy()
}
