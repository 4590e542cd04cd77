import type { Clock, Timer } from '@holdfast/contract'
import type { ShellLimits } from '../limits.ts'

/** A message carries so much output at most, its channel byte included. */
export const COALESCE_BYTES = 32_768
/** Output is sent at once when so much of it waits: another read of a terminal would not fit into the message … */
export const DUE_BYTES = 28_672
/** … or after so long. */
export const COALESCE_MS = 4

/** Gathers a program's output into fewer messages (shell §5). The first bytes after idle, or after a key, go at once. */
export class OutputPacer {
  readonly #clock: Clock
  readonly #send: () => void
  #waitingBytes = 0
  #timer: Timer | undefined
  #typed = false

  constructor(clock: Clock, send: () => void) {
    this.#clock = clock
    this.#send = send
  }

  /** So many more bytes are there. */
  added(bytes: number): void {
    this.#waitingBytes += bytes
    if (this.#timer === undefined || this.#typed || this.#waitingBytes >= DUE_BYTES) this.#flush()
  }

  /** There was input: what comes next may be its echo. */
  typed(): void {
    this.#typed = true
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #flush(): void {
    this.#waitingBytes = 0
    this.#typed = false
    this.#timer ??= this.#clock.after(COALESCE_MS, () => this.#elapsed())
    this.#send()
  }

  #elapsed(): void {
    this.#timer = undefined
    if (this.#waitingBytes > 0) this.#flush()
  }
}

/** How often a socket that is too full is looked at again. */
const POLL_MS = 5

/** Who holds the program back, seen from the shell. */
export interface FlowSource {
  /** Output that exists and the writer's application has not taken, where the writer reports it; else `undefined`. */
  unconsumed(): number | undefined
  /** Bytes in the socket of the writer; 0 without one. */
  socketBytes(): number
  /** Output that the screen has not drawn yet. */
  screenLagBytes(): number
  /** A caller waits for a snapshot. */
  isHeld(): boolean
}

/**
 * Holds a program back while its reader is behind (shell §5): by the client's own account where it gives one, and by the
 * socket's buffer. Above a high mark the program is paused, below both low marks it continues.
 */
export class Flow {
  readonly #source: FlowSource
  readonly #limits: ShellLimits
  readonly #clock: Clock
  readonly #apply: (paused: boolean) => void
  #paused = false
  #stopped = false
  #poll: Timer | undefined

  constructor(parts: {
    readonly source: FlowSource
    readonly limits: ShellLimits
    readonly clock: Clock
    readonly apply: (paused: boolean) => void
  }) {
    this.#source = parts.source
    this.#limits = parts.limits
    this.#clock = parts.clock
    this.#apply = parts.apply
  }

  /** Something changed: more output, an acknowledgement, another writer. */
  check(): void {
    if (this.#stopped) return
    const { windowBytes, resumeWindowBytes, socketHighBytes, socketLowBytes, screenLagBytes } = this.#limits
    const unconsumed = this.#source.unconsumed() ?? 0
    const socketBytes = this.#source.socketBytes()
    const lagBytes = this.#source.screenLagBytes()
    const isBehind = this.#paused
      ? unconsumed >= resumeWindowBytes || socketBytes >= socketLowBytes || lagBytes >= screenLagBytes / 2
      : unconsumed > windowBytes || socketBytes > socketHighBytes || lagBytes > screenLagBytes
    const paused = isBehind || this.#source.isHeld()
    if (paused !== this.#paused) {
      this.#paused = paused
      this.#apply(paused)
    }
    // A socket does not report that it has drained below a mark; acknowledgements call check() themselves.
    if (paused && socketBytes >= socketLowBytes) this.#poll ??= this.#clock.after(POLL_MS, () => this.#pollAgain())
  }

  /** The program runs freely from now on. */
  stop(): void {
    this.#stopped = true
    if (this.#paused) this.#apply(false)
    this.#paused = false
    this.#poll?.cancel()
    this.#poll = undefined
  }

  #pollAgain(): void {
    this.#poll = undefined
    this.check()
  }
}

const STOP = 0x13
/** Ctrl+Q continues; so do the keys that signal, on a terminal that stops for Ctrl+S (`n_tty` of Linux). */
const GOES_ON: ReadonlySet<number> = new Set([0x11, 0x03, 0x1c, 0x1a])
/** What was on its way when the key came. Output after it was not stopped. */
const UNDER_WAY_MS = 300

/**
 * Whether the output was stopped with Ctrl+S and not resumed. A person who comes back from another window would
 * take the shell for hung. A terminal does not report it; it is stopped as far as can be seen.
 */
export class FlowKeys {
  readonly #clock: Clock
  #stoppedAt: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isStopped(): boolean {
    return this.#stoppedAt !== undefined
  }

  typed(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === STOP) this.#stoppedAt = this.#clock.now()
      else if (GOES_ON.has(byte)) this.#stoppedAt = undefined
    }
  }

  printed(): void {
    if (this.#stoppedAt !== undefined && this.#clock.now() - this.#stoppedAt > UNDER_WAY_MS) this.#stoppedAt = undefined
  }
}
