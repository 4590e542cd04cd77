import type { ShellOutput } from '@holdfast/shell'
import type { Caught, OutageAccount } from '../outages.ts'

/** What the account reads besides the output itself. */
export interface ByteAccountSources {
  /** Input that no server has acknowledged, in bytes. */
  readonly unacknowledgedBytes: () => number
  /** Where the reader stands in the shell's output, in bytes since it began; undefined where the server has no offsets. */
  readonly position: () => number | undefined
}

/** Output that was missed comes at once; after this long without any, it has. */
const QUIET_MS = 200
const LONGEST_MS = 10_000
const LOOK_EVERY_MS = 50

/** Counts the output of a shell as the terminal gets it, and compares it with the shell's own offsets. */
export class ByteAccount implements OutageAccount {
  readonly #sources: ByteAccountSources
  #shown = 0
  #missing = 0
  #late = 0
  #lateAt = 0
  #atDrop = { shown: 0, missing: 0, position: 0, isKnown: false, cause: '' }
  #rejected = 0

  constructor(sources: ByteAccountSources) {
    this.#sources = sources
  }

  /** Some input will not arrive, or its outcome is unknown. */
  inputLost(): void {
    this.#rejected++
  }

  /** One frame, when the terminal has it. */
  take(frame: ShellOutput): void {
    if (frame.channel === 'gap') {
      this.#missing += frame.missingBytes ?? 1
      // Another shell begins to count anew.
      if (frame.reason === 'gone') this.#atDrop.isKnown = false
    }
    if (frame.channel !== 'stdout') return
    this.#shown += frame.payload.length
    if (!frame.replayed) return
    this.#late += frame.payload.length
    this.#lateAt = performance.now()
  }

  began(cause: string): void {
    const position = this.#sources.position()
    const isKnown = position !== undefined
    this.#atDrop = { shown: this.#shown, missing: this.#missing, position: position ?? 0, isKnown, cause }
    this.#late = 0
    this.#rejected = 0
  }

  async ended(): Promise<Caught> {
    const kept = this.#sources.unacknowledgedBytes()
    const since = performance.now()
    this.#lateAt = since
    while (performance.now() - this.#lateAt < QUIET_MS && performance.now() - since < LONGEST_MS) await pause()
    return this.#result(kept)
  }

  #result(kept: number): Caught {
    const { shown, missing, position, isKnown, cause } = this.#atDrop
    const lost = this.#missing - missing
    const got = this.#shown - shown
    const advanced = (this.#sources.position() ?? 0) - position
    // What the terminal got beyond what the shell wrote has come twice.
    const doubled = isKnown ? Math.max(0, got + lost - advanced) : 0
    return {
      lost,
      doubled,
      caughtUp: `${bytes(this.#late)} caught up`,
      kept: kept === 0 ? undefined : `${bytes(kept)} you typed kept`,
      proof: [
        ['Why it broke', cause],
        [
          'Last byte before',
          isKnown ? `number ${position} of the shell’s output` : 'this server does not number output',
        ],
        ['The shell wrote since', isKnown ? bytes(advanced) : 'not known'],
        ['The terminal got since', bytes(got)],
        ['Missing', bytes(lost)],
        ['Shown twice', bytes(doubled)],
        ['Typed meanwhile', `${bytes(kept)}${this.#rejected === 0 ? '' : ', some did not arrive'}`],
      ],
    }
  }
}

function bytes(count: number): string {
  return `${count} byte${count === 1 ? '' : 's'}`
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
}
