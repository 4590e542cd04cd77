import { type Deferred, deferred } from '@holdfast/core/internals'
import { SENTENCES } from '@holdfast/core/words'
import { TextDecoders } from '@holdfast/shell-framing'
import { ShellSessionError } from './errors.ts'
import type { ShellGapFrame, ShellOutput, ShellSessionFrame } from './frame.ts'

/** A frame that waits for its reader. Text is made when it is asked for. */
export type QueuedFrame = (Omit<ShellSessionFrame, 'text' | 'json'> | Omit<ShellGapFrame, 'text' | 'json'>) & {
  /** Run when the reader has it. */
  readonly taken?: (() => void) | undefined
}

/** Frames on their way to one reader. Leaving the loop and coming back later continues where it stopped. */
export class FrameQueue {
  /** Made for the first text: an idle session is small. */
  #decoders: TextDecoders | undefined
  readonly #host: { waiting(bytes: number): void }
  #frames: (QueuedFrame | undefined)[] = []
  #head = 0
  #bytes = 0
  #waiting: Deferred<IteratorResult<ShellOutput, undefined>> | undefined
  #isOver = false
  #wasRead = false
  /** Bytes that gave way before anybody read. */
  #lost = 0

  /** `host` learns how many bytes wait. */
  constructor(host: { waiting(bytes: number): void }) {
    this.#host = host
  }

  push(frame: QueuedFrame): void {
    if (this.#isOver) return
    const waiting = this.#waiting
    if (waiting !== undefined) {
      this.#waiting = undefined
      return waiting.resolve({ value: this.#handOut(frame), done: false })
    }
    this.#frames.push(frame)
    this.#bytes += frame.payload.length
    this.#host.waiting(this.#bytes)
  }

  /** A reader has begun. */
  get wasRead(): boolean {
    return this.#wasRead
  }

  /** The oldest gives way; one gap that grows stands in its place. */
  trim(maxBytes: number): void {
    while (this.#bytes > maxBytes) {
      const frame = this.#take()
      if (frame === undefined) break
      this.#lost += frame.payload.length
      frame.taken?.()
    }
    this.#host.waiting(this.#bytes)
  }

  /** No more frames. What waits can still be read. */
  end(): void {
    this.#isOver = true
    this.#release()
  }

  reader(): AsyncIterator<ShellOutput, undefined> {
    return {
      next: () => this.#next(),
      return: () => {
        this.#release()
        return Promise.resolve({ value: undefined, done: true })
      },
    }
  }

  #next(): Promise<IteratorResult<ShellOutput, undefined>> {
    this.#wasRead = true
    const frame = this.#lost > 0 ? this.#gap() : this.#shift()
    if (frame !== undefined) return Promise.resolve({ value: this.#handOut(frame), done: false })
    if (this.#isOver) return Promise.resolve({ value: undefined, done: true })
    if (this.#waiting !== undefined) {
      return Promise.reject(new ShellSessionError('shell/taken', SENTENCES && 'Expected one reader, got a second.'))
    }
    this.#waiting = deferred()
    return this.#waiting.promise
  }

  #gap(): QueuedFrame {
    const missingBytes = this.#lost
    this.#lost = 0
    return { channel: 'gap', rawChannelByte: -1, payload: EMPTY, replayed: false, missingBytes, reason: 'overflow' }
  }

  #shift(): QueuedFrame | undefined {
    const frame = this.#take()
    if (frame !== undefined) this.#host.waiting(this.#bytes)
    return frame
  }

  #take(): QueuedFrame | undefined {
    const frame = this.#frames[this.#head]
    if (frame === undefined) return undefined
    this.#frames[this.#head] = undefined
    this.#head += 1
    if (this.#head === this.#frames.length || this.#head > 1024) {
      this.#frames.splice(0, this.#head)
      this.#head = 0
    }
    this.#bytes -= frame.payload.length
    return frame
  }

  #handOut(queued: QueuedFrame): ShellOutput {
    const { taken, ...frame } = queued
    taken?.()
    this.#decoders ??= new TextDecoders()
    const json = (): unknown => JSON.parse(new TextDecoder().decode(frame.payload))
    if (frame.channel === 'gap') return { ...frame, text: this.#decoders.flush(STDOUT), json }
    // A terminal reads the bytes alone.
    const textOf = this.#decoders.textOf(frame.rawChannelByte, frame.payload)
    let text: string | undefined
    return {
      ...frame,
      get text() {
        text ??= textOf()
        return text
      },
      json,
    }
  }

  #release(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve({ value: undefined, done: true })
  }
}

const STDOUT = 0x01
const EMPTY = new Uint8Array(0)
