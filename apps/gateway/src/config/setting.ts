/** One setting as people see it: a flag, and the environment variable that it wins over. */
export interface Setting {
  readonly env: string
  /** What the value is called, for `--help`; absent for a switch. */
  readonly value?: string
  readonly repeatable?: true
  /** What holds where nothing is said, in words. */
  readonly fallback: string
  readonly text: string
  /** Its variable has one value a line. */
  readonly isByLine?: true
  /** Only the environment has it. */
  readonly isWithoutFlag?: true
  /** It is a secret, or may contain one. */
  readonly isSecret?: true
}
