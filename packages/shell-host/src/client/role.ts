/** Who writes to a shell, and who only watches. */
export type Role = 'writer' | 'observer'

/** Which of the program's streams a client wants. */
export interface Streams {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
}
