import { createReadStream, mkdirSync } from 'node:fs'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Clock, type Logger, parsedJson, silentLogger, systemClock } from '@holdfast/contract'
import { parseWith } from '@holdfast/contract/shape'
import { limitsFrom } from '@holdfast/gate/internals'
import { writeWhole } from '@holdfast/log/internals'
import type { TerminalSize } from '@holdfast/protocol/shell'
import { storedRecording } from '../generated/checks.ts'
import type { StoredRecording } from '../generated/types.ts'
import { PartFiles, partsIn } from './part-files.ts'
import { Recorder } from './recorder.ts'
import { RECORDING_LIMITS, type RecordingLimits } from './recording-options.ts'

const RECORD = 'recording.json'
const RECORDS = parsedJson<StoredRecording, never>((value) => parseWith(RECORD, storedRecording, value))
/** As they are made here: nothing else in a path is followed. */
const ID = /^[\w-]{8,64}$/

/** A recording that is there, and how large it is. */
export interface KnownRecording extends StoredRecording {
  readonly bytes: number
}

/** A shell that is to be recorded. */
export interface RecordedShell extends Omit<StoredRecording, 'version' | 'id' | 'endedAt' | 'exitCode'> {
  readonly epoch: string
  readonly size: () => TerminalSize
  readonly terminal: string | undefined
}

/** Options of {@link Recordings}. */
export interface RecordingsOptions {
  readonly limits?: Partial<RecordingLimits> | undefined
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
}

/** The recordings of one folder: made by one process, and read by any that may read its files. */
export class Recordings {
  readonly #folder: string
  readonly #limits: RecordingLimits
  readonly #clock: Clock
  readonly #logger: Logger
  /** Those that are being made here. */
  readonly #live = new Map<string, Recorder>()
  /** Folders that were reported to be no recordings. */
  readonly #reported = new Set<string>()

  constructor(folder: string, options: RecordingsOptions = {}) {
    this.#folder = folder
    this.#limits = limitsFrom(RECORDING_LIMITS, options.limits)
    this.#clock = options.clock ?? systemClock
    this.#logger = options.logger ?? silentLogger
  }

  /** Begins one. Throws what the file system says. */
  begin({ epoch: id, size, terminal, ...shell }: RecordedShell): {
    readonly recorder: Recorder
    ended(code: number | null): void
  } {
    const folder = join(this.#folder, id)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const record: StoredRecording = { version: 1, id, ...shell }
    writeWhole(join(folder, RECORD), JSON.stringify(record))
    const { program: command, name: title, input } = shell
    const header = () => ({ ...size(), startedAt: this.#clock.epoch(), command, title, terminal })
    const files = new PartFiles(folder, this.#limits, header, () => this.#makeRoom())
    const recorder = new Recorder({ id, files, input, limits: this.#limits, clock: this.#clock, logger: this.#logger })
    this.#live.set(id, recorder)
    const ended = (code: number | null): void => {
      void recorder.ended({ code }).finally(() => this.#over(folder, { ...record, exitCode: code }))
    }
    return { recorder, ended }
  }

  /** Every recording that is there, the newest first. */
  async list(): Promise<readonly KnownRecording[]> {
    const names = await readdir(this.#folder).catch(() => [])
    const known = await Promise.all(names.filter((name) => ID.test(name)).map((name) => this.#read(name)))
    return known.filter((one) => one !== undefined).sort((one, other) => other.startedAt - one.startedAt)
  }

  /** One recording; `undefined` where there is none. */
  async find(id: string): Promise<KnownRecording | undefined> {
    return ID.test(id) ? this.#read(id) : undefined
  }

  /** Its lines, as one recording. Parts that are removed meanwhile are passed over. */
  async *lines(id: string): AsyncGenerator<string> {
    let isFirst = true
    for (const part of await partsIn(join(this.#folder, id)).catch(() => [])) {
      let isHeader = true
      for await (const line of linesOf(part)) {
        if (!isHeader || isFirst) yield `${line}\n`
        isHeader = false
      }
      isFirst = false
    }
  }

  /** Removes one that is not being made. @returns false where it is being made, or is not there */
  async remove(id: string): Promise<boolean> {
    if (this.#live.has(id) || (await this.find(id)) === undefined) return false
    await rm(join(this.#folder, id), { recursive: true, force: true })
    return true
  }

  /** Ends those that are being made here, on the disk. */
  async close(): Promise<void> {
    await Promise.all([...this.#live.values()].map((recorder) => recorder.close()))
    this.#live.clear()
  }

  #over(folder: string, record: StoredRecording): void {
    this.#live.delete(record.id)
    try {
      writeWhole(join(folder, RECORD), JSON.stringify({ ...record, endedAt: this.#clock.epoch() }))
    } catch (error) {
      this.#logger.warn('the end of a recording cannot be written', { id: record.id, error: String(error) })
    }
  }

  async #read(id: string): Promise<KnownRecording | undefined> {
    const folder = join(this.#folder, id)
    const text = await readFile(join(folder, RECORD), 'utf8').catch(() => undefined)
    if (text === undefined) return undefined
    const read = RECORDS.decode(text)
    if (!read.ok || read.message.id !== id) {
      this.#leftOut(folder, read.ok ? 'id: expected the name of its folder' : read.issue)
      return undefined
    }
    const sizes = await Promise.all((await partsIn(folder)).map(async (part) => (await stat(part)).size)).catch(
      () => [],
    )
    return { ...read.message, bytes: sizes.reduce((sum, size) => sum + size, 0) }
  }

  /** Logged once: lists are requested again and again. */
  #leftOut(folder: string, issue: string): void {
    if (this.#reported.has(folder)) return
    this.#reported.add(folder)
    this.#logger.warn('a recording is left out, its record does not fit', { folder, issue })
  }

  /** For one more part of a new recording: the oldest finished one goes first. */
  async #makeRoom(): Promise<void> {
    const known = await this.list()
    let bytes = known.reduce((sum, one) => sum + one.bytes, 0) + this.#limits.partBytes
    for (const one of [...known].reverse()) {
      if (bytes <= this.#limits.totalBytes) return
      if (await this.remove(one.id)) bytes -= one.bytes
    }
  }
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const input = createReadStream(path, 'utf8')
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  } catch {
    // It was removed to make room.
  } finally {
    input.destroy()
  }
}
