import type { PredictionMode } from '@holdfast/terminal'
import type { EndpointOptions } from './endpoint.ts'

/** What `holdfast shell` was told. */
export interface ShellCommandOptions extends EndpointOptions {
  readonly id?: string | undefined
  readonly session?: string | undefined
  readonly observe?: boolean | undefined
  readonly ifFree?: boolean | undefined
  readonly tty?: boolean | undefined
  readonly shell?: string | undefined
  readonly login?: boolean | undefined
  readonly cwd?: string | undefined
  /** `NAME=VALUE`. */
  readonly env?: readonly string[] | undefined
  readonly name?: string | undefined
  /** True: its output; `input`: what is typed, too. */
  readonly record?: true | 'output' | 'input' | undefined
  readonly detachKeys: string
  /** @defaultValue 'auto' */
  readonly predict?: PredictionMode | undefined
  readonly json?: boolean | undefined
}
