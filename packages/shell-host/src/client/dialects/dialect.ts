import type { ShellDialect } from '@holdfast/protocol/shell'

/** What one dialect says and understands; everything else is the same for all (shell §2). */
export interface Dialect {
  readonly name: ShellDialect
  /** The first message to the client: given the confirmation's payload, or nothing where the dialect has none. */
  opening(confirmation: () => Uint8Array): Uint8Array | undefined
  /** Whether channel 5 is echoed. Kubernetes clients fail on it. */
  readonly echoesHeartbeats: boolean
  /** Whether an empty CLOSE ends the shell for good and is echoed. Kubernetes clients fail on a CLOSE towards them. */
  readonly closeKills: boolean
  /** Whether `[255, 0]` ends the program's input. */
  readonly halfCloses: boolean
  /** Whether the resume extension may be switched on. */
  readonly resumes: boolean
  /** Whether a shell outlives its connection. */
  readonly detaches: boolean
  /** Whether its clients leave by themselves once they know how the program ended. kubectl waits for the server to close. */
  readonly clientCloses: boolean
  /** Largest message taken from the client. */
  readonly maxMessageBytes: number
}
