import type { Cause, RetryDecision } from '@holdfast/core'

/** The server is ready, output of the terminal, or the program has ended. */
export type In = readonly ['setup', object] | readonly ['stdout', string] | readonly ['disconnect', number]
export type Out = readonly ['stdin', string] | readonly ['set_size', ...Size]
export type Size = readonly [rows: number, columns: number]

export class ProgramEnded extends Error {}

/** Where there is no program any more, everything has come. */
export function decisionOf(cause: Cause): RetryDecision | undefined {
  return cause.kind === 'protocol' && cause.error instanceof ProgramEnded ? { act: 'complete' } : undefined
}
