import type { Clock, Logger } from '@holdfast/contract'
import type { TerminalSize, TerminalSizing } from '@holdfast/protocol/shell'
import type { ShellLimits } from '../limits.ts'
import type { ScreenThread } from '../screen/screen-thread.ts'

/** The recorder of what happens to a shell. It never waits, and never throws. */
export interface ShellRecorder {
  readonly id: string
  /** It asks this whether what is typed is shown, see `PtyProcess.hidesInput`. */
  follow(hidesInput: () => Promise<boolean | undefined>): void
  output(chunk: Uint8Array): void
  typed(bytes: Uint8Array): void
  resized(size: TerminalSize): void
  ended(code: number | null): void
}

/** What a shell is made of. */
export interface ShellParts<Shell> {
  readonly shellId: string
  readonly sessionId: string
  /** The principal who made it. */
  readonly owner: string
  /** The program and its arguments, for people. */
  readonly program: string
  /** What people call it, until it is renamed. */
  readonly name: string | undefined
  /** Whether it outlives its connections. */
  readonly detaches: boolean
  /** Whose window decides the size of the terminal. */
  readonly sizing: TerminalSizing
  /** Where terminals are drawn. `undefined`: nowhere. */
  readonly screens: ScreenThread | undefined
  /** Random; another process under the same id has another one. */
  readonly epoch: string
  /** The value of the environment mark of its processes. */
  readonly mark: string
  /** Called with what happens. @defaultValue nothing is recorded */
  readonly recorder?: ShellRecorder | undefined
  readonly limits: ShellLimits
  readonly clock: Clock
  readonly logger: Logger
  readonly newId: () => string
  /** A client left, the program ended, or the shell was killed. */
  readonly changed: (shell: Shell, what: 'left' | 'ended' | 'killed') => void
}
