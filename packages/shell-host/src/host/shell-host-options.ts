import type { Clock, Logger } from '@holdfast/contract'
import type { PodCommands } from '../kubernetes/pods.ts'
import type { ShellLimits } from '../limits.ts'
import type { PtyBackend } from '../pty/pty.ts'
import type { RecordingOptions } from '../recording/recording-options.ts'
import type { AuthorizeShell } from './authorization.ts'
import type { SpawnPolicy } from './spawn-policy.ts'

/** Options of `ShellHost`. */
export interface ShellHostOptions {
  /** Decides what is run for whom. @defaultValue `defaultPolicy()` */
  readonly policy?: SpawnPolicy | undefined
  /** Decides who may do what. @defaultValue `ownerOnly` */
  readonly authorize?: AuthorizeShell | undefined
  /** Terminals. @defaultValue `nodePty()`, or `scriptPty()` where node-pty has no binary for this system */
  readonly backend?: PtyBackend | undefined
  /** Programs without a terminal. @defaultValue `pipes()` */
  readonly pipes?: PtyBackend | undefined
  /**
   * Names of pods mean something, to clients of Kubernetes: `gateway` is this machine, `shell-ID` a running shell, and these
   * are commands of their own, to which what is executed is appended. Asked at every request.
   * @defaultValue every pod is this machine
   */
  readonly pods?: (() => PodCommands | undefined) | undefined
  /**
   * Follows what terminals show, in a thread, so that a client that returns late gets the screen instead of old bytes, and so
   * that programs are answered while no client is attached. @defaultValue true
   */
  readonly screens?: boolean | undefined
  /** Which shells are recorded, and where. Asked for every new shell. @defaultValue none */
  readonly recording?: (() => RecordingOptions | undefined) | undefined
  /** Bounds that differ from `SHELL_LIMITS`. */
  readonly limits?: Partial<ShellLimits> | undefined
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
}
