import type { Timer } from '@holdfast/core'
import type { ResumeOffer } from '@holdfast/protocol/shell'
import type { ShellFrame } from '@holdfast/shell-framing'
import type { ShellCheckpoint } from './checkpoint.ts'
import type { ShellGapFrame, ShellOutput } from './frame.ts'
import { FrameQueue } from './frame-queue.ts'
import { Acknowledger, type AcknowledgerHost, type FreshOutput, OutputPosition } from './output-position.ts'
import type { SessionEvents } from './session-events.ts'

/** Unread output beyond this stops reading from the network: a server without flow control, or one that ignores it. */
const PAUSE_BYTES = 1_048_576
/** … and below this reading continues. */
const RESUME_BYTES = 262_144
/** A server without offsets replays at most its ring, at once. What comes this soon after a reattach is taken for it. */
const FOREIGN_REPLAY_BYTES = 262_144
const FOREIGN_REPLAY_MS = 500

const EMPTY = new Uint8Array(0)

/** What the output needs of its session. */
export interface OutputHost extends AcknowledgerHost {
  /** No reader: output is counted as consumed when it comes. */
  readonly discards: boolean
  /** Stops and continues reading from the network. */
  pause(paused: boolean): void
  readonly events: SessionEvents
}

/** Everything that comes from the shell, from the wire to the reader: positions, acknowledgements, the queue. */
export class ShellOutputStream {
  readonly #host: OutputHost
  readonly #acks: Acknowledger
  readonly #queue: FrameQueue
  readonly #position: OutputPosition
  #offer: ResumeOffer | undefined
  /** What has not come yet of the picture that stands for output. */
  #pictureBytes: number | undefined
  /** Counts shells: what a reader takes of an old one says nothing about the present one. */
  #shell = 0
  #paused = false
  #unread = 0
  #isLeaving = false
  #foreignReplay = 0
  #foreignTimer: Timer | undefined
  #handling: AsyncIterator<ShellOutput, undefined> | undefined

  constructor(host: OutputHost, checkpoint: ShellCheckpoint | undefined) {
    this.#host = host
    this.#acks = new Acknowledger(host)
    this.#queue = new FrameQueue(this)
    this.#position = new OutputPosition(checkpoint)
    this.#acks.begin(this.#position.next)
  }

  get epoch(): string | undefined {
    return this.#position.epoch
  }

  /** Output that this client has, read or not. */
  get received(): number {
    return this.#position.next
  }

  /** Output that the reader has. */
  get consumed(): number {
    return this.#acks.consumed
  }

  /** A server with offsets confirmed. @returns true when the shell is another one than before. */
  attach(offer: ResumeOffer): boolean {
    const before = this.#position.epoch
    const { isNewShell, missingBytes } = this.#position.attach(offer)
    this.#offer = offer
    this.#foreignReplay = 0
    this.#pictureBytes = offer.screen?.bytes
    if (before !== offer.epoch) {
      this.#shell += 1
      this.#acks.begin(this.#position.next)
    }
    if (isNewShell) this.#gap(undefined, 'gone')
    else this.#missing(missingBytes)
    return isNewShell
  }

  /** A server without offsets confirmed: what is missing or repeated is unknown. */
  attachForeign(ranges: {
    readonly bytesDropped: number
    readonly isReturn: boolean
    readonly reconnected: boolean
  }): void {
    this.#offer = undefined
    if (ranges.isReturn && !ranges.reconnected) return this.#gap(undefined, 'gone')
    if (ranges.isReturn && ranges.bytesDropped > 0) this.#gap(ranges.bytesDropped, 'overflow')
    if (!ranges.reconnected) return
    this.#foreignReplay = FOREIGN_REPLAY_BYTES
    this.#foreignTimer?.cancel()
    this.#foreignTimer = this.#host.clock.after(FOREIGN_REPLAY_MS, () => {
      this.#foreignReplay = 0
    })
  }

  /** The connection is usable: acknowledgements go out. */
  opened(): void {
    if (this.#offer !== undefined) this.#acks.opened()
  }

  dropped(): void {
    this.#acks.closed()
    this.#foreignTimer?.cancel()
  }

  frame(frame: ShellFrame): void {
    if (frame.channel === 'screen') this.#picture(frame)
    else if (frame.channel !== 'stdout') this.#push({ ...frame, replayed: false })
    else if (this.#offer === undefined) this.#foreign(frame)
    else this.#stdout(frame)
  }

  /** The server continues at `to`. */
  gap(to: number): void {
    if (this.#offer !== undefined) this.#missing(this.#position.gap(to))
  }

  /** The server continues at `to`, behind a picture of the terminal of so many bytes. */
  screen(to: number, bytes: number): void {
    if (this.#offer === undefined) return
    this.#position.continueAt(to)
    this.#pictureBytes = bytes
  }

  /** Everything that was received is reported at once: it is the last chance. */
  acknowledgeNow(): void {
    this.#acks.now()
  }

  /** The shell is being killed: unread output must not hide the news that it is gone. */
  leave(): void {
    this.#isLeaving = true
    this.#look()
  }

  end(): void {
    this.dropped()
    this.#queue.end()
  }

  reader(): AsyncIterator<ShellOutput, undefined> {
    return this.#queue.reader()
  }

  /** Frames go to the handler, one after the other; none: they wait for a reader. */
  handle(handler: ((frame: ShellOutput) => unknown) | undefined): void {
    const reader = handler === undefined ? undefined : this.reader()
    void this.#handling?.return?.()
    this.#handling = reader
    if (reader !== undefined && handler !== undefined) void this.#pump(reader, handler)
  }

  async #pump(reader: AsyncIterator<ShellOutput, undefined>, handler: (frame: ShellOutput) => unknown): Promise<void> {
    while (this.#handling === reader) {
      const { value } = await reader.next()
      if (value === undefined) return
      await handler(value)
    }
  }

  /** A snapshot counts when all of it has come: a client that is cut off before asks for another. */
  #picture(frame: ShellFrame): void {
    const left = (this.#pictureBytes ?? 0) - frame.payload.length
    const isLast = this.#pictureBytes !== undefined && left <= 0
    this.#push({ ...frame, replayed: true, ...(isLast ? { taken: this.#pictured() } : {}) })
    this.#pictureBytes = left <= 0 ? undefined : left
  }

  /** @returns to be called when the reader has it */
  #pictured(): () => void {
    this.#position.pictured()
    const { next } = this.#position
    const shell = this.#shell
    this.#acks.received(next)
    return () => {
      if (shell === this.#shell) this.#acks.taken(next)
    }
  }

  #stdout(frame: ShellFrame): void {
    if (this.#pictureBytes !== undefined) this.#pictured()()
    this.#pictureBytes = undefined
    for (const fresh of this.#position.accept(frame.payload)) this.#fresh(frame, fresh)
    this.#acks.check()
  }

  #fresh(frame: ShellFrame, { payload, end, replayed }: FreshOutput): void {
    const shell = this.#shell
    const taken = (): void => {
      if (shell === this.#shell) this.#acks.taken(end)
    }
    this.#acks.received(end)
    this.#push({ channel: 'stdout', rawChannelByte: frame.rawChannelByte, payload, replayed, taken })
  }

  #foreign(frame: ShellFrame): void {
    const replayed = this.#foreignReplay > 0
    if (replayed) this.#foreignReplay -= frame.payload.length
    this.#push({ ...frame, replayed })
  }

  #missing(bytes: number): void {
    if (bytes === 0) return
    const { next } = this.#position
    const shell = this.#shell
    this.#acks.received(next)
    this.#gap(bytes, 'overflow', () => {
      if (shell === this.#shell) this.#acks.taken(next)
    })
  }

  #gap(missingBytes: number | undefined, reason: ShellGapFrame['reason'], taken?: () => void): void {
    const to = this.#position.next
    this.#host.events.emit('gap', missingBytes === undefined ? { reason } : { reason, from: to - missingBytes, to })
    this.#push({ channel: 'gap', rawChannelByte: -1, payload: EMPTY, replayed: false, missingBytes, reason, taken })
  }

  #push(frame: Parameters<FrameQueue['push']>[0]): void {
    if (this.#host.discards || (this.#isLeaving && this.#unread > PAUSE_BYTES)) frame.taken?.()
    else this.#queue.push(frame)
  }

  /** So many bytes wait for the reader. */
  waiting(bytes: number): void {
    this.#unread = bytes
    this.#look()
  }

  /** A server without flow control is not kept waiting for a client that reads nothing: what is oldest gives way. */
  get #isUnheard(): boolean {
    return this.#offer === undefined && !this.#queue.wasRead
  }

  #look(): void {
    if (this.#isUnheard && this.#unread > PAUSE_BYTES) return this.#queue.trim(PAUSE_BYTES)
    const bytes = this.#unread
    const paused = !this.#isLeaving && (this.#paused ? bytes > RESUME_BYTES : bytes > PAUSE_BYTES)
    if (paused === this.#paused) return
    this.#paused = paused
    this.#host.pause(paused)
  }
}
