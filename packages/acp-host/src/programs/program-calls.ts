import type { ProgramEnd, ProgramSpec, ProgramState } from './agent-programs.ts'

/** What is asked of the process that has the programs. Both sides are of one version: `SHELL_HOST_PROTOCOL` sees to it. */
export interface ProgramCalls {
  readonly find: { readonly asked: { readonly name: string }; readonly answer: ProgramState | null }
  readonly start: { readonly asked: ProgramSpec; readonly answer: ProgramState }
  readonly write: {
    readonly asked: Of & { readonly lane: string; readonly seq: number; readonly line: string }
    readonly answer: null
  }
  readonly note: { readonly asked: Of & { readonly text: string }; readonly answer: null }
  readonly stderr: { readonly asked: Of; readonly answer: string }
  readonly end: { readonly asked: Of; readonly answer: readonly number[] }
  readonly read: { readonly asked: Of & { readonly from: number }; readonly answer: null }
  readonly acknowledge: { readonly asked: Of & { readonly offset: number }; readonly answer: null }
}

export type ProgramCallName = keyof ProgramCalls

interface Of {
  readonly program: string
}

/** One call on its way. */
export type ProgramCall = {
  readonly [Name in ProgramCallName]: {
    readonly call: number
    readonly name: Name
    readonly asked: ProgramCalls[Name]['asked']
  }
}[ProgramCallName]

/** Answers, and notifications. */
export type ProgramNotice =
  | { readonly call: number; readonly answer: unknown }
  | { readonly call: number; readonly code: string; readonly message: string }
  | { readonly ended: ProgramEnd; readonly program: string }
