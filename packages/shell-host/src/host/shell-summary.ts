import type { Shell } from '../shell/shell.ts'

/** What is known of one shell. */
export interface ShellSummary {
  readonly shellId: string
  readonly sessionId: string
  readonly owner: string
  readonly epoch: string
  readonly pid: number | undefined
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** The program and its arguments, cut after 200 characters. */
  readonly program: string
  readonly hasWriter: boolean
  readonly attached: number
  readonly outputBytes: number
  readonly exitCode: number | null | undefined
}

/** In characters. */
const MAX_PROGRAM = 200

/** A program and its arguments, for people: what a list of shells names them by. */
export function programName({ file, args }: { readonly file: string; readonly args: readonly string[] }): string {
  return [file, ...args].join(' ').slice(0, MAX_PROGRAM)
}

export function summaryOf(shell: Shell): ShellSummary {
  const { shellId, sessionId, owner, epoch, pid, startedAt, program, viewers, ring, end } = shell
  const hasWriter = viewers.writer !== undefined
  const counts = { attached: viewers.size, outputBytes: ring.end, exitCode: end?.code }
  return { shellId, sessionId, owner, epoch, pid, startedAt, program, hasWriter, ...counts }
}
