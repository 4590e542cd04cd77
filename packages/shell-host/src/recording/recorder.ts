import { StringDecoder } from 'node:string_decoder'
import type { Clock, Logger, Timer } from '@holdfast/contract'
import { type CastEvent, encodeCastEvent, type TerminalSize } from '@holdfast/protocol/shell'
import type { PtyExit } from '../pty/pty.ts'
import type { PartFiles } from './part-files.ts'
import type { RecordingLimits } from './recording-options.ts'
import { UnseenInput } from './unseen-input.ts'

/** In bytes, of one event, unless it came as more. */
const MAX_EVENT = 65_536

/** What is made into text at once: a few milliseconds. */
const BATCH_BYTES = 262_144
/** For one part of time that making text takes, so many are left to everything else. */
const IDLE_SHARE = 3

const UNSEEN = 'what is typed here is not shown, and left out'

/** What happened, not yet as text. */
interface Piece {
  readonly at: number
  readonly kind: CastEvent['kind']
  readonly data: Buffer | string
  /** It was typed, and not shown. */
  readonly isUnseen?: Promise<boolean> | undefined
}

/** What a {@link Recorder} is made of. */
export interface RecorderParts {
  readonly id: string
  readonly files: PartFiles
  /** What is typed is recorded, too. */
  readonly input: boolean
  readonly limits: RecordingLimits
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Records one shell: takes what happens without waiting, and writes it soon. What does not fit into its bound is left out, and
 * a marker says how much. A file that cannot be written ends the recording, never the shell.
 */
export class Recorder {
  readonly id: string
  readonly #parts: RecorderParts
  readonly #decoders = { output: new StringDecoder(), input: new StringDecoder() }
  #pieces: Piece[] = []
  #bytes = 0
  #dropped = 0
  #last: number
  #timer: Timer | undefined
  #syncTimer: Timer | undefined
  #unseen: UnseenInput | undefined
  #writing: Promise<void> | undefined
  #isOver = false

  constructor(parts: RecorderParts) {
    this.#parts = parts
    this.id = parts.id
    this.#last = parts.clock.now()
  }

  /** What is typed unseen is left out. `hidesInput`: whether it is not shown now; `undefined` where it is unknown. */
  follow(hidesInput: () => Promise<boolean | undefined>): void {
    if (this.#parts.input) this.#unseen = new UnseenInput(this.#parts.clock, hidesInput)
  }

  output(chunk: Uint8Array): void {
    this.#unseen?.printed()
    // A copy: what a program says is read into the same memory again.
    this.#take('output', Buffer.from(chunk))
  }

  typed(bytes: Uint8Array): void {
    if (this.#parts.input) this.#take('input', bufferOf(bytes), this.#unseen?.isUnseen())
  }

  resized({ width, height }: TerminalSize): void {
    this.#take('resize', `${width}x${height}`)
  }

  /** The program has ended, and with it the recording. @returns when all of it is on the disk; never rejects */
  ended({ code }: Pick<PtyExit, 'code'>): Promise<void> {
    this.#take('exit', String(code ?? ''))
    return this.close()
  }

  /** Writes what waits, and ends. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.#isOver = true
    this.#unseen?.stop()
    this.#timer?.cancel()
    await this.#writing
    await this.#write()
    this.#syncTimer?.cancel()
    await this.#parts.files.end().catch((error: unknown) => this.#failed(error))
  }

  #take(kind: CastEvent['kind'], data: Buffer | string, isUnseen?: Promise<boolean>): void {
    if (this.#isOver) return
    const { clock, limits } = this.#parts
    if (this.#bytes + data.length > limits.bufferBytes) {
      this.#dropped += data.length
      return
    }
    this.#recordDropped()
    this.#pieces.push({ at: clock.now(), kind, data, isUnseen })
    this.#bytes += data.length
    if (this.#writing === undefined) this.#timer ??= clock.after(limits.writeMs, () => void this.#write())
  }

  #recordDropped(): void {
    if (this.#dropped === 0) return
    const data = `${this.#dropped} bytes are missing here: they came faster than they could be written`
    this.#pieces.push({ at: this.#parts.clock.now(), kind: 'marker', data })
    this.#dropped = 0
  }

  /** One at a time: what comes meanwhile waits for the next. */
  #write(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #drain(): Promise<void> {
    try {
      this.#recordDropped()
      while (this.#pieces.length > 0) {
        const pieces = this.#nextPieces()
        const seen = await visiblePieces(pieces)
        const began = this.#parts.clock.now()
        const lines = this.#linesOf(seen)
        const tookMs = this.#parts.clock.now() - began
        await this.#parts.files.append(lines)
        for (const { data } of pieces) this.#bytes -= data.length
        await this.#rest(tookMs * IDLE_SHARE)
      }
      this.#syncTimer ??= this.#parts.clock.after(this.#parts.limits.syncMs, () => this.#sync())
    } catch (error) {
      this.#failed(error)
    }
  }

  #nextPieces(): readonly Piece[] {
    let bytes = 0
    const end = this.#pieces.findIndex(({ data }) => {
      bytes += data.length
      return bytes >= BATCH_BYTES
    })
    return this.#pieces.splice(0, end < 0 ? this.#pieces.length : end + 1)
  }

  /** The terminal has the process to itself meanwhile: a recording takes a fourth of its time at most. */
  #rest(ms: number): Promise<void> | undefined {
    if (ms < 1 || this.#isOver) return undefined
    return new Promise((resolve) => void this.#parts.clock.after(ms, resolve))
  }

  /** What came at once is one event. A character that is cut waits for its other half. */
  #linesOf(pieces: readonly Piece[]): readonly string[] {
    const lines: string[] = []
    for (const { at, kind, data } of joined(pieces)) {
      const isBytes = typeof data !== 'string'
      const text = isBytes ? this.#decoders[kind === 'input' ? 'input' : 'output'].write(data) : data
      if (isBytes && text === '') continue
      lines.push(encodeCastEvent(at - this.#last, kind, text))
      this.#last = at
    }
    return lines
  }

  #sync(): void {
    this.#syncTimer = undefined
    this.#parts.files.sync().catch((error: unknown) => this.#failed(error))
  }

  #failed(error: unknown): void {
    this.#isOver = true
    this.#pieces = []
    this.#parts.logger.warn('a recording cannot be written, and ends; its shell goes on', {
      id: this.id,
      error: error instanceof Error ? error.message : String(error),
    })
  }
}

/** What was typed unseen is not kept: that something was is noted once, and not how much. */
async function visiblePieces(pieces: readonly Piece[]): Promise<readonly Piece[]> {
  const seen: Piece[] = []
  let isReported = false
  for (const piece of pieces) {
    const isUnseen = (await piece.isUnseen) === true
    if (!isUnseen) seen.push(piece)
    else if (!isReported) seen.push({ at: piece.at, kind: 'marker', data: UNSEEN })
    isReported = isUnseen
  }
  return seen
}

/** Pieces of one kind that came in the same moment are one, up to a bound. */
function joined(pieces: readonly Piece[]): readonly Piece[] {
  const all: Piece[] = []
  let run: Buffer[] = []
  let runBytes = 0
  const end = (of: Piece | undefined): void => {
    if (of !== undefined && run.length > 0) all.push({ ...of, data: run.length === 1 ? of.data : Buffer.concat(run) })
    run = []
    runBytes = 0
  }
  let last: Piece | undefined
  for (const piece of pieces) {
    const { at, kind, data } = piece
    const goesOn = last !== undefined && last.kind === kind && last.at === at && runBytes + data.length <= MAX_EVENT
    if (!goesOn) end(last)
    if (typeof data === 'string') all.push(piece)
    else {
      run.push(data)
      runBytes += data.length
    }
    last = piece
  }
  end(last)
  return all
}

/** The same bytes, and no copy. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
