import { type Deferred, deferred } from '@holdfast/core/internals'
import { SENTENCES } from '@holdfast/core/words'
import { ShellSessionError } from './errors.ts'

/** How many `send()` calls may wait for room at once. */
const MAX_WAITING = 10_000

/** Small messages of one turn, or that waited together, leave in one frame of up to so much: as a PTY takes it in few reads. */
const MERGED_BYTES = 16_384

/** What is written, and how much of it. */
export interface InputBufferHost {
  /** Writes these bytes to the open connection. They begin at `offset`; the view is only good during the call. */
  write(bytes: Uint8Array, offset: number): void
}

interface Waiting {
  readonly bytes: Uint8Array
  taken: number
  readonly done: Deferred<void>
}

/**
 * Input from `send()` until the server has acknowledged it: a ring of bytes with absolute offsets (shell §5). What does
 * not fit waits with its caller, in order. Nothing is accepted while there is no connection.
 */
export class InputBuffer {
  readonly #maxBytes: number
  /** Made for the first input: an idle session is small. */
  #kept: Uint8Array | undefined
  readonly #host: InputBufferHost
  #base = 0
  #sent = 0
  #end = 0
  #open = false
  #waiting: Waiting[] = []
  #waitingBytes = 0
  /** Of the calls whose bytes are in the ring and are about to be written. */
  #leaving: Deferred<void> | undefined
  #flushing: { readonly upTo: number; readonly done: Deferred<void> }[] = []
  #over: ShellSessionError | undefined

  constructor(maxBytes: number, host: InputBufferHost) {
    this.#maxBytes = maxBytes
    this.#host = host
  }

  get #ring(): Uint8Array {
    this.#kept ??= new Uint8Array(this.#maxBytes)
    return this.#kept
  }

  /** Offset of the first byte that is not acknowledged. */
  get base(): number {
    return this.#base
  }

  /** Offset of the first byte that was not written to the present connection. */
  get sent(): number {
    return this.#sent
  }

  /** Offset of the next byte that is taken from a caller. */
  get end(): number {
    return this.#end
  }

  /** Bytes that the server has not acknowledged, those that still wait with their callers included. */
  get unacknowledgedBytes(): number {
    return this.#end - this.#base + this.#waitingBytes
  }

  /** A caller waits for everything to be acknowledged. */
  get isFlushing(): boolean {
    return this.#flushing.length > 0
  }

  /** A caller waits for an acknowledgement. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0 || this.isFlushing
  }

  /**
   * Resolves when all bytes were taken and written: behind this turn, so that its calls leave together. They are read
   * until then, so do not change them before.
   */
  send(bytes: Uint8Array): Promise<void> {
    if (this.#over !== undefined) return Promise.reject(this.#over)
    if (bytes.length === 0) return Promise.resolve()
    if (this.#open && this.#waiting.length === 0 && bytes.length <= this.#room) return this.#takeWhole(bytes)
    if (this.#waiting.length >= MAX_WAITING) {
      return Promise.reject(
        new ShellSessionError('shell/input_overflow', SENTENCES && `${MAX_WAITING} send() calls wait already.`),
      )
    }
    const waiting: Waiting = { bytes, taken: 0, done: deferred<void>() }
    this.#waiting.push(waiting)
    this.#waitingBytes += bytes.length
    this.#admit()
    return waiting.done.promise
  }

  /** Writes what was taken and waits for the end of the turn: something else is to be sent behind it. */
  writeNow(): void {
    if (!this.#open) return
    this.#write()
    const leaving = this.#leaving
    this.#leaving = undefined
    leaving?.resolve()
  }

  /** Resolves when everything given to `send()` before this call is acknowledged. */
  flush(): Promise<void> {
    const upTo = this.#base + this.unacknowledgedBytes
    if (upTo === this.#base) return Promise.resolve()
    if (this.#over !== undefined) return Promise.reject(this.#over)
    const done = deferred<void>()
    this.#flushing.push({ upTo, done })
    return done.promise
  }

  /** A connection is there, and the server has this client's input up to `from`. */
  opened(from: number): void {
    this.#sent = Math.min(Math.max(from, this.#base), this.#end)
    this.#open = true
    this.#admit()
  }

  /** The connection is gone; what it had not confirmed is kept. */
  dropped(): void {
    this.#open = false
  }

  /** The server has everything below `offset`. */
  acknowledged(offset: number): void {
    if (offset <= this.#base) return
    this.#base = Math.min(offset, this.#end)
    this.#sent = Math.max(this.#sent, this.#base)
    this.#settleFlushes()
    this.#admit()
  }

  /** Counting continues at `offset`, with nothing held: another client of the same lease has typed. */
  rebase(offset: number): void {
    this.#base = this.#sent = this.#end = offset
  }

  /** Takes out what was written and is not acknowledged. @returns how many bytes that was. */
  forgetSent(sent: number, error: ShellSessionError): number {
    const bytes = sent - this.#base
    if (bytes <= 0) return 0
    this.#base = sent
    this.#sent = Math.max(this.#sent, sent)
    this.#failFlushes(error)
    return bytes
  }

  /** Rejects everything that is held or waits, and begins anew at offset 0. @returns how many bytes that was. */
  reject(error: ShellSessionError): number {
    const bytes = this.unacknowledgedBytes
    this.#base = this.#sent = this.#end = 0
    const waiting = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    for (const { done } of waiting) done.reject(error)
    this.#leaving?.reject(error)
    this.#leaving = undefined
    this.#failFlushes(error)
    return bytes
  }

  /** Nothing more is taken. @returns how many bytes were not acknowledged. */
  finish(error: ShellSessionError): number {
    this.#over = error
    this.#open = false
    const end = this.#end
    const bytes = this.reject(error)
    // A checkpoint of what has ended still says how far it was.
    this.rebase(end)
    return bytes
  }

  get #room(): number {
    return this.#base + this.#ring.length - this.#end
  }

  #takeWhole(bytes: Uint8Array): Promise<void> {
    this.#put(bytes)
    if (this.#leaving === undefined) {
      this.#leaving = deferred()
      queueMicrotask(() => this.writeNow())
    }
    return this.#leaving.promise
  }

  #admit(): void {
    while (this.#open) {
      const before = this.#end
      const taken = this.#take()
      this.writeNow()
      for (const { done } of taken) done.resolve()
      if (this.#end === before) return
    }
  }

  /** Takes the first that waits, as far as there is room, and what fits whole behind it. @returns what was taken whole */
  #take(): readonly Waiting[] {
    const begin = this.#end
    const room = this.#base + this.#maxBytes
    let count = 0
    for (const waiting of this.#waiting) {
      const left = waiting.bytes.length - waiting.taken
      if (count > 0 && this.#end + left > Math.min(room, begin + MERGED_BYTES)) break
      const piece = waiting.bytes.subarray(waiting.taken, waiting.taken + room - this.#end)
      this.#put(piece)
      waiting.taken += piece.length
      this.#waitingBytes -= piece.length
      if (piece.length < left) break
      count++
    }
    return this.#waiting.splice(0, count)
  }

  #put(piece: Uint8Array): void {
    const at = this.#end % this.#maxBytes
    this.#end += piece.length
    const headBytes = this.#maxBytes - at
    if (piece.length <= headBytes) return this.#ring.set(piece, at)
    this.#ring.set(piece.subarray(0, headBytes), at)
    this.#ring.set(piece.subarray(headBytes), 0)
  }

  #write(): void {
    while (this.#open && this.#sent < this.#end) {
      const at = this.#sent % this.#maxBytes
      const length = Math.min(this.#end - this.#sent, this.#maxBytes - at)
      const offset = this.#sent
      this.#sent += length
      this.#host.write(this.#ring.subarray(at, at + length), offset)
    }
  }

  #settleFlushes(): void {
    this.#flushing = this.#flushing.filter(({ upTo, done }) => {
      if (upTo > this.#base) return true
      done.resolve()
      return false
    })
  }

  #failFlushes(error: ShellSessionError): void {
    const flushing = this.#flushing
    this.#flushing = []
    for (const { done } of flushing) done.reject(error)
  }
}
