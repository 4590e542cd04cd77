import type { TerminalSize } from '@holdfast/protocol/shell'
import type { ShellUser } from './shell-user.ts'

/** What to run. Nothing in it passes through a command line of a shell. */
export interface PtySpawn {
  /** The program: an absolute path. */
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  /** The whole environment of the program; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  readonly size: TerminalSize
  /** Whose program it becomes. @defaultValue that of this process */
  readonly user?: ShellUser | undefined
}

/** How a program ended. `code` is 128+n for signal n, `null` where it is unknown. */
export interface PtyExit {
  readonly code: number | null
  readonly signal?: string | undefined
}

/** Receives what a program says. A chunk is read into again when the call has returned: who keeps it copies it. */
export interface PtyEvents {
  output(chunk: Uint8Array): void
  /** Error output of a program without a terminal. A terminal merges it into `output`. */
  errorOutput?(chunk: Uint8Array): void
  /** Exactly once and last: see {@link PtyBackend}. */
  exit(exit: PtyExit): void
}

/** One running program. */
export interface PtyProcess {
  /** The program's process id; it leads its own session, so it is the session's id too. */
  readonly pid: number
  readonly tty: boolean
  /**
   * Hands bytes to the program's input and calls `written` once the kernel has taken all of them, however long the
   * program refuses to read. One write at a time: the next one only after `written`. Never blocks. After the exit
   * the bytes are dropped and `written` is called.
   */
  write(bytes: Uint8Array, written: () => void): void
  /** End of input: VEOF (^D) on a terminal, a closed pipe without one. After the writes before it. */
  endInput(): void
  /**
   * Whether what is typed is taken by lines and not shown, as at a question for a password. `undefined`, or no such method,
   * where it is unknown.
   */
  hidesInput?(): Promise<boolean | undefined>
  /** Without a terminal it does nothing. */
  resize(size: TerminalSize): void
  /** Stops reading the program's output; the program blocks once the kernel's buffer is full. */
  pause(): void
  resume(): void
  /** Frees everything this process holds. Output and `exit` are not reported any more. Does not kill. */
  dispose(): void
}

/**
 * Starts programs. The contract every backend keeps: **every byte written before the exit is delivered before
 * `exit`**, however long the reader pauses, also when processes of the background keep the terminal open.
 */
export interface PtyBackend {
  readonly name: string
  /** @throws `shell/spawn_failed` when the program cannot be started. */
  spawn(spawn: PtySpawn, events: PtyEvents): Promise<PtyProcess>
}
