import type { ShellSummary } from '../generated/types.ts'
import type { Shell } from '../shell/shell.ts'

/** Which shell is meant: the newest of that id, unless more is said. */
export interface ShellRef {
  readonly shellId: string
  readonly sessionId?: string | undefined
  /** Of exactly one shell. */
  readonly epoch?: string | undefined
}

/** In characters. */
const MAX_PROGRAM = 200

/** A program and its arguments, for people: what a list of shells names them by. */
export function programName({ file, args }: { readonly file: string; readonly args: readonly string[] }): string {
  return [file, ...args].join(' ').slice(0, MAX_PROGRAM)
}

export function summaryOf(shell: Shell): ShellSummary {
  const { shellId, sessionId, owner, epoch, pid, startedAt, program, name, title, recording, clients, ring, end } =
    shell
  const hasWriter = clients.writer !== undefined
  const counts = { attached: clients.size, outputBytes: ring.end, exitCode: end?.code }
  return { shellId, sessionId, owner, epoch, pid, startedAt, program, name, title, recording, hasWriter, ...counts }
}
