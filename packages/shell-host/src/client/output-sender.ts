import type { WebSocketChannel } from '@holdfast/contract'
import { CHANNEL_BYTES } from '@holdfast/shell-framing'
import { COALESCE_BYTES } from '../shell/flow.ts'
import type { RingBuffer } from '../shell/ring-buffer.ts'

/** Output that a client is not sent: what it would do was done already. */
export interface OutputHole {
  readonly from: number
  readonly end: number
}

/** Where the output of a client begins. */
export interface OutputBeginning {
  readonly out: number
  /** As much of the output the client has, before what stands for the rest has arrived. */
  readonly had: number
  /** The payload of the confirmation, where the dialect has one. */
  readonly confirmation: () => Uint8Array
  /** Left out, from there on. @defaultValue nothing */
  readonly holes?: readonly OutputHole[] | undefined
  /** What paints the terminal as of `out`, and on which channel the client takes it. */
  readonly screen?: { readonly channel: 'screen' | 'stdout'; readonly bytes: Uint8Array } | undefined
}

/** What {@link OutputSender} needs to know of its client. */
export interface OutputSenderParts {
  readonly channel: Pick<WebSocketChannel, 'send' | 'bufferedBytes' | 'drained'>
  readonly ring: RingBuffer
  /** Whether it wants output at all. */
  readonly wantsOutput: boolean
  /** What its socket may hold while it only watches. */
  readonly observerBytes: number
  readonly isLive: () => boolean
  readonly isObserver: () => boolean
  /** A piece of output has been handed over. */
  readonly sent: () => void
  /** Its socket has room again: {@link OutputSender.pump} is due. */
  readonly drained: () => void
  /** Output that it never got is gone. False where that could not be reported, and it was closed. */
  readonly skipped: (from: number, to: number) => boolean
}

/** One client's position in the output of its shell: sends what there is, as far as the client's bounds allow. */
export class OutputSender {
  readonly #parts: OutputSenderParts
  #next = 0
  #holes: readonly OutputHole[] = []
  #isWaitingForDrain = false

  constructor(parts: OutputSenderParts) {
    this.#parts = parts
  }

  /** Offset of the next byte to be sent. */
  get next(): number {
    return this.#next
  }

  /** Everything that there is has been sent. */
  get isDone(): boolean {
    return this.#next >= this.#parts.ring.end
  }

  /** Continues at another position. `holes` are left out, from there on. */
  rewind(out: number, holes: readonly OutputHole[] = []): void {
    this.#next = out
    this.#holes = holes.filter(({ from }) => from >= out)
  }

  pump(): void {
    const { ring, isLive, isObserver } = this.#parts
    while (isLive() && this.#next < ring.end) {
      if (isObserver() && this.#isFull()) return
      if (this.#next < ring.start && !this.#skipAhead()) return
      this.#skipHole()
      this.#sendPiece()
    }
  }

  #sendPiece(): void {
    const { channel, ring, wantsOutput, sent } = this.#parts
    const until = Math.min(ring.end, this.#holes[0]?.from ?? ring.end)
    const length = Math.min(COALESCE_BYTES - 1, until - this.#next)
    if (length <= 0) return
    // All of it is written: nothing need be cleared before.
    const frame = Buffer.allocUnsafeSlow(length + 1)
    frame[0] = CHANNEL_BYTES.stdout
    ring.copy(this.#next, frame.subarray(1))
    this.#next += length
    if (!wantsOutput) return
    channel.send(frame)
    sent()
  }

  #skipHole(): void {
    const [hole] = this.#holes
    if (hole === undefined || hole.from > this.#next) return
    this.#next = Math.max(this.#next, Math.min(hole.end, this.#parts.ring.end))
    this.#holes = this.#holes.slice(1)
  }

  #isFull(): boolean {
    const { channel, observerBytes } = this.#parts
    if (channel.bufferedBytes <= observerBytes) return false
    if (this.#isWaitingForDrain) return true
    this.#isWaitingForDrain = true
    void channel.drained().then(() => {
      this.#isWaitingForDrain = false
      this.#parts.drained()
    })
    return true
  }

  #skipAhead(): boolean {
    const { ring, skipped } = this.#parts
    const from = this.#next
    const to = ring.replayFrom(from)
    if (!skipped(from, to)) return false
    this.#next = to
    return true
  }
}
