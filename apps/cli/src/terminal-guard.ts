import { constants } from 'node:os'
import type { ReadStream } from 'node:tty'

/**
 * Signals that end a process without its `exit` event, and may be answered (signal(7)). Left out are those that the
 * processor raises (SIGILL, SIGBUS, SIGFPE, SIGSEGV: what is answered is raised again), that of V8's profiler (SIGPROF),
 * and those that Node ignores (SIGPIPE, SIGXFSZ).
 */
const DEADLY: readonly NodeJS.Signals[] = [
  ...(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGABRT', 'SIGALRM', 'SIGVTALRM', 'SIGUSR1', 'SIGUSR2'] as const),
  ...(['SIGTRAP', 'SIGXCPU', 'SIGIO', 'SIGPWR', 'SIGSTKFLT', 'SIGSYS'] as const),
]
/** The exit code of a process that a signal ended, as shells report it. */
const BY_SIGNAL = 128
const IS_WINDOWS = process.platform === 'win32'
/** What a terminal had on its way when it was put back arrives within this. */
const SETTLE_MS = 50

/** What a guard works on. */
export interface GuardedTerminal {
  /** Put into raw mode; undefined where input is no terminal. */
  readonly input: ReadStream | undefined
  /** Puts the screen back as it was found. Idempotent, and writes at once. */
  readonly restore: () => void
  /** The process continues after it was stopped: what programs had set is to be set again. */
  readonly resume: () => void
}

/**
 * The terminal of this process, put back on every way out: the end of the command, an exception, every signal that ends a
 * process and may be answered, and being stopped (SIGTSTP).
 */
export class TerminalGuard {
  readonly #terminal: GuardedTerminal
  readonly #leave = (): void => this.leave()
  readonly #stop = (): void => this.suspend()
  readonly #signals = new Map<NodeJS.Signals, () => void>()
  #isEntered = false

  constructor(terminal: GuardedTerminal) {
    this.#terminal = terminal
  }

  enter(): void {
    if (this.#isEntered) return
    this.#isEntered = true
    this.#terminal.input?.setRawMode(true)
    // An uncaught exception ends in it, too, before its trace is printed.
    process.on('exit', this.#leave)
    for (const signal of DEADLY) {
      const number = constants.signals[signal]
      // Not every system has all of them.
      if (number !== undefined) this.#on(signal, () => process.exit(BY_SIGNAL + number))
    }
    if (!IS_WINDOWS) this.#on('SIGTSTP', this.#stop)
  }

  /** Puts everything back and stops the process, as Ctrl+Z does to others; continues with SIGCONT. */
  suspend(): void {
    if (!this.#isEntered || IS_WINDOWS) return
    this.#terminal.restore()
    this.#terminal.input?.setRawMode(false)
    process.once('SIGCONT', () => {
      if (!this.#isEntered) return
      this.#terminal.input?.setRawMode(true)
      this.#terminal.resume()
    })
    process.kill(process.pid, 'SIGSTOP')
  }

  /**
   * Puts the screen back and waits until what the terminal had on its way has come, such as the release of the key that
   * detached: it must not be taken for typed input.
   */
  async settle(): Promise<void> {
    const { input, restore } = this.#terminal
    if (!this.#isEntered || input === undefined) return
    restore()
    const drop = (): void => {}
    input.on('data', drop)
    input.resume()
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
    input.off('data', drop)
    input.pause()
  }

  /** Idempotent. */
  leave(): void {
    if (!this.#isEntered) return
    this.#isEntered = false
    process.off('exit', this.#leave)
    for (const [signal, end] of this.#signals) process.off(signal, end)
    this.#signals.clear()
    this.#terminal.restore()
    this.#terminal.input?.setRawMode(false)
  }

  #on(signal: NodeJS.Signals, act: () => void): void {
    this.#signals.set(signal, act)
    process.on(signal, act)
  }
}
