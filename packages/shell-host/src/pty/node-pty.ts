import { randomInt } from 'node:crypto'
import { chownSync, closeSync, constants, openSync, writeSync } from 'node:fs'
import type { Clock, Timer } from '@holdfast/contract'
import { systemClock } from '@holdfast/contract'
import type { TerminalSize } from '@holdfast/protocol/shell'
import { shellError } from '../errors.ts'
import { DrainMark } from './drain-mark.ts'
import { exitBySignal } from './exit-code.ts'
import { hidesInput } from './hidden-input.ts'
import { loadNodePty, type NodePtyBinding } from './node-pty-binding.ts'
import type { PtyBackend, PtyEvents, PtyExit, PtyProcess, PtySpawn } from './pty.ts'
import { joinedReads, PtyReader, type PtyReaderEvents } from './pty-reader.ts'
import { takeGroupsOf } from './shell-user.ts'

/** A terminal that is full is tried again soon, and less and less often while it takes nothing. */
const RETRY_MS = 1
const SLOWEST_RETRY_MS = 16
const TRIES_A_STEP = 32
/**
 * A terminal that takes no mark and gives no output for so many tries in a row is stopped (^S): what it holds has been
 * read. Tries, not time: a server that was itself stopped for a while has not tried.
 */
const STOPPED_TRIES = 100
const MARK_RETRY_MS = 5

/** ^D: what a terminal's line discipline takes for the end of input. */
const VEOF: Uint8Array = new Uint8Array([4])

/** Options of {@link nodePty}. */
export interface NodePtyOptions {
  readonly clock?: Clock | undefined
  /** @defaultValue the one that is installed, loaded at the first spawn */
  readonly binding?: NodePtyBinding | undefined
}

/**
 * node-pty's native half: the fastest backend, and the default.
 *
 * The kernel drops what is unread in a terminal when its last writer goes, so this backend keeps the slave side open.
 * After the exit it writes a random mark there: what comes before the mark is the whole output.
 */
export function nodePty(options: NodePtyOptions = {}): PtyBackend {
  let { binding } = options
  const joined = joinedReads()
  return {
    name: 'node-pty',
    async spawn(spawn, events) {
      binding ??= loadNodePty()
      return new NodePtyProcess({ binding, joined, clock: options.clock ?? systemClock }, spawn, events)
    },
  }
}

/** What all terminals of a backend share. */
interface NodePtyParts {
  readonly binding: NodePtyBinding
  /** Memory to read into. */
  readonly joined: Uint8Array
  readonly clock: Clock
}

class NodePtyProcess implements PtyProcess {
  readonly pid: number
  readonly tty = true
  readonly #binding: NodePtyBinding
  readonly #events: PtyEvents
  readonly #clock: Clock
  readonly #fd: number
  readonly #slave: number
  readonly #reader: PtyReader
  #exit: PtyExit | undefined
  #mark: DrainMark | undefined
  #ended = false
  #idleTries = 0
  #fullTries = 0
  #retry: Timer | undefined
  #markTimer: Timer | undefined

  constructor({ binding, joined, clock }: NodePtyParts, spawn: PtySpawn, events: PtyEvents) {
    this.#binding = binding
    this.#events = events
    this.#clock = clock
    const env = Object.entries(spawn.env).map(([name, value]) => `${name}=${value}`)
    const { width, height } = spawn.size
    const exited = (code: number, signal: number): void => this.#exited(code, signal)
    let fork: ReturnType<NodePtyBinding['fork']>
    try {
      const { uid = -1, gid = -1 } = spawn.user ?? {}
      if (spawn.user !== undefined) takeGroupsOf(spawn.user)
      fork = binding.fork(spawn.file, spawn.args, env, spawn.cwd, width, height, uid, gid, true, '', exited)
      // Programs that open their terminal by its name have to be its owner's.
      if (spawn.user !== undefined) chownSync(fork.pty, uid, -1)
    } catch (cause) {
      throw shellError('shell/spawn_failed', `${spawn.file} could not be started.`, { cause })
    }
    this.pid = fork.pid
    this.#fd = fork.fd
    const ends = endsOf(fork, joined, { output: (chunk) => this.#read(chunk), ended: () => this.#finish() })
    this.#slave = ends.slave
    this.#reader = ends.reader
  }

  write(bytes: Uint8Array, written: () => void): void {
    if (this.#exit !== undefined || this.#ended) return written()
    const taken = takenBy(this.#fd, bytes)
    if (taken >= bytes.length) return written()
    this.#fullTries = taken > 0 ? 0 : this.#fullTries + 1
    const retryMs = Math.min(RETRY_MS * 2 ** Math.floor(this.#fullTries / TRIES_A_STEP), SLOWEST_RETRY_MS)
    this.#retry = this.#clock.after(retryMs, () => this.write(bytes.subarray(taken), written))
  }

  endInput(): void {
    this.write(VEOF, () => {})
  }

  resize(size: TerminalSize): void {
    if (!this.#ended) this.#binding.resize(this.#fd, size.width, size.height)
  }

  hidesInput(): Promise<boolean | undefined> {
    return this.#ended ? Promise.resolve(undefined) : hidesInput(this.#slave)
  }

  pause(): void {
    this.#reader.pause()
  }

  resume(): void {
    this.#reader.resume()
  }

  dispose(): void {
    this.#retry?.cancel()
    this.#markTimer?.cancel()
    if (this.#ended) return
    this.#ended = true
    closeSync(this.#slave)
    this.#reader.destroy()
  }

  #read(chunk: Uint8Array): void {
    if (this.#ended) return
    this.#idleTries = 0
    if (this.#mark === undefined) return this.#events.output(chunk)
    const { before, found } = this.#mark.feed(chunk)
    if (before.length > 0) this.#events.output(before)
    if (found) this.#finish()
  }

  #exited(code: number, signal: number): void {
    this.#exit = signal === 0 ? { code } : exitBySignal(signal)
    if (this.#ended) return
    // Digits only: no setting of a terminal changes them on the way.
    const digits = Array.from({ length: 32 }, () => 0x30 + randomInt(10))
    const mark = new Uint8Array(digits)
    this.#mark = new DrainMark(mark)
    this.#writeMark(mark)
  }

  /** The mark goes in once the output before it has made room. An unread terminal waits as long as it takes. */
  #writeMark(mark: Uint8Array): void {
    if (this.#ended) return
    const taken = takenBy(this.#slave, mark)
    if (taken >= mark.length) return
    this.#idleTries = taken > 0 || this.#reader.isPaused ? 0 : this.#idleTries + 1
    if (this.#idleTries > STOPPED_TRIES) return this.#finish()
    this.#markTimer = this.#clock.after(MARK_RETRY_MS, () => this.#writeMark(mark.subarray(taken)))
  }

  #finish(): void {
    if (this.#ended) return
    const rest = this.#mark?.rest()
    if (rest !== undefined && rest.length > 0) this.#events.output(rest)
    this.dispose()
    this.#events.exit(this.#exit ?? { code: null })
  }
}

/**
 * Both ends of a terminal, opened. Without them, as when no more files may be open, the program does not stay behind.
 * @throws `shell/spawn_failed`
 */
function endsOf(
  { fd, pid, pty }: ReturnType<NodePtyBinding['fork']>,
  joined: Uint8Array,
  events: PtyReaderEvents,
): { readonly slave: number; readonly reader: PtyReader } {
  let slave: number | undefined
  try {
    slave = openSync(pty, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK)
    return { slave, reader: new PtyReader(fd, joined, events) }
  } catch (cause) {
    if (slave !== undefined) closeSync(slave)
    closeSync(fd)
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
    throw shellError('shell/spawn_failed', 'The terminal could not be opened: too many files may be open.', { cause })
  }
}

/** How many bytes a terminal takes now; it never waits. A terminal that is gone takes all, into nothing. */
function takenBy(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    return code === 'EAGAIN' ? 0 : bytes.length
  }
}
