import type { Clock, Timer } from '@holdfast/contract'
import type { TerminalSize } from '@holdfast/protocol/shell'
import type { RingBuffer } from '../shell/ring-buffer.ts'
import { BATCH_BYTES, type BatchBuffers } from './batch-buffers.ts'
import type { FromScreens, ToScreens } from './screen-messages.ts'
import type { ScreenAnswer, ScreenPicture } from './screen-model.ts'

/** Output is handed to the thread after so long, or when a batch is full; sooner while there is no other to answer what the program asks. */
const BATCH_MS = 20
const HURRY_MS = 2
/** A picture is as large as this at most, unless the screen itself is larger. */
export const MAX_PICTURE_BYTES = 524_288
/** A picture that takes longer is not waited for: the attach continues without it. */
const PICTURE_MS = 5_000
/** No client and no output for so long: the screen rests. */
const REST_AFTER_MS = 60_000

/** What a screen of a shell needs. */
export interface ShellScreenParts {
  readonly id: number
  readonly ring: RingBuffer
  readonly clock: Clock
  readonly size: TerminalSize
  readonly buffers: BatchBuffers
  readonly post: (message: ToScreens, transfer?: readonly ArrayBuffer[]) => void
  /** The program has asked the terminal something. */
  readonly asked: (answer: ScreenAnswer) => void
  /** The thread has taken more of the output. */
  readonly progressed: () => void
  readonly closed: () => void
}

/** The screen of one shell, in another thread: it is given the output, and gives pictures. */
export class ShellScreen {
  readonly #parts: ShellScreenParts
  #size: TerminalSize
  readonly #batch: OutputBatch
  #parsed: number
  #timer: Timer | undefined
  #rest: Timer | undefined
  #isHurried = true
  #isClosed = false
  #requests = 0
  readonly #pictures = new Map<number, (picture: ScreenPicture | undefined) => void>()
  /** What is kept of it while it rests, in bytes. */
  restingBytes: number | undefined

  constructor(parts: ShellScreenParts) {
    this.#parts = parts
    this.#size = parts.size
    this.#batch = new OutputBatch(parts.buffers)
    this.#parsed = parts.ring.end
    parts.post({ type: 'open', id: parts.id, size: parts.size, at: parts.ring.end })
  }

  /** Output that is not on the screen yet, in bytes. */
  get lagBytes(): number {
    return this.#parts.ring.end - this.#parsed
  }

  /** More output; the ring has it already. */
  output(chunk: Uint8Array): void {
    this.restingBytes = undefined
    for (let added = 0; added < chunk.length; ) {
      added += this.#batch.add(added === 0 ? chunk : chunk.subarray(added))
      if (this.#batch.isFull) this.flush()
    }
    if (this.#batch.length === 0) return
    this.#timer ??= this.#parts.clock.after(this.#isHurried ? HURRY_MS : BATCH_MS, () => this.flush())
  }

  /** Whether it is this screen that answers the program: it gets output sooner then. */
  hurry(isHurried: boolean): void {
    if (isHurried && !this.#isHurried) this.flush()
    this.#isHurried = isHurried
  }

  /** Hands over what has come. */
  flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const bytes = this.#batch.take()
    if (bytes !== undefined) this.#parts.post({ type: 'output', id: this.#parts.id, bytes }, [bytes.buffer])
  }

  resize(size: TerminalSize): void {
    this.#size = size
    this.flush()
    this.#parts.post({ type: 'resize', id: this.#parts.id, size })
  }

  /** What is shown now. `undefined` where the thread does not answer in time. */
  picture(): Promise<ScreenPicture | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined)
    this.flush()
    const { id, clock, post } = this.#parts
    this.#requests += 1
    const request = this.#requests
    return new Promise((resolve) => {
      const late = clock.after(PICTURE_MS, () => settle(undefined))
      const settle = (picture: ScreenPicture | undefined): void => {
        late.cancel()
        this.#pictures.delete(request)
        resolve(picture)
      }
      this.#pictures.set(request, settle)
      post({ type: 'picture', id, request, maxBytes: MAX_PICTURE_BYTES })
    })
  }

  /** Whether a client is attached, from now on. */
  setAlone(isAlone: boolean): void {
    this.#rest?.cancel()
    this.#rest = isAlone ? this.#restAfter(REST_AFTER_MS, this.#parts.ring.end) : undefined
  }

  /** What the thread says. */
  received(message: FromScreens): void {
    switch (message.type) {
      case 'parsed':
        this.#parsed = message.at
        return this.#parts.progressed()
      case 'asked':
        return this.#parts.asked(message.answer)
      case 'picture':
        return this.#pictures.get(message.request)?.(message.picture)
      case 'resting':
        this.restingBytes = message.bytes
    }
  }

  /** Another thread draws from now on: with what the ring has. */
  begin(): void {
    const { id, ring, post } = this.#parts
    for (const settle of [...this.#pictures.values()]) settle(undefined)
    this.#batch.take()
    const at = ring.replayFrom(0)
    const bytes = new Uint8Array(ring.end - at)
    ring.copy(at, bytes)
    this.#parsed = at
    post({ type: 'open', id, size: this.#size, at })
    post({ type: 'output', id, bytes }, [bytes.buffer])
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#timer?.cancel()
    this.#rest?.cancel()
    for (const settle of [...this.#pictures.values()]) settle(undefined)
    this.#parts.post({ type: 'close', id: this.#parts.id })
    this.#parts.closed()
  }

  #restAfter(ms: number, end: number): Timer {
    const { clock, ring, post, id } = this.#parts
    return clock.after(ms, () => {
      if (ring.end !== end) {
        this.#rest = this.#restAfter(ms, ring.end)
        return
      }
      this.flush()
      post({ type: 'rest', id })
    })
  }
}

/** Enough for an echo or a prompt, and little for a shell that says no more. */
const SMALL_BYTES = 1_024

/** Output that is gathered for the screen: little of it takes little memory. */
export class OutputBatch {
  readonly #buffers: BatchBuffers
  #bytes: Uint8Array<ArrayBuffer> | undefined
  #length = 0

  constructor(buffers: BatchBuffers) {
    this.#buffers = buffers
  }

  get length(): number {
    return this.#length
  }

  get isFull(): boolean {
    return this.#length >= BATCH_BYTES
  }

  /** Copies as much of it as there is room for. @returns how much that is */
  add(chunk: Uint8Array): number {
    const count = Math.min(chunk.length, BATCH_BYTES - this.#length)
    const bytes = this.#roomFor(count)
    bytes.set(count === chunk.length ? chunk : chunk.subarray(0, count), this.#length)
    this.#length += count
    return count
  }

  /** What was gathered; its memory is the caller's now. `undefined` where there is nothing. */
  take(): Uint8Array<ArrayBuffer> | undefined {
    const bytes = this.#bytes?.subarray(0, this.#length)
    this.#bytes = undefined
    this.#length = 0
    return bytes
  }

  #roomFor(count: number): Uint8Array {
    const needed = this.#length + count
    const held = this.#bytes
    if (held !== undefined && needed <= held.length) return held
    const larger = needed <= SMALL_BYTES ? new Uint8Array(SMALL_BYTES) : this.#buffers.take()
    if (held !== undefined) larger.set(held.subarray(0, this.#length))
    this.#bytes = larger
    return larger
  }
}
