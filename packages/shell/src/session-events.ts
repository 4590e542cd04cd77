import type { DeliveryReport } from '@holdfast/core'
import type { ClientEvents, ClientLifecycle } from '@holdfast/core/client'
import type { TerminalSize } from '@holdfast/protocol/shell'
import type { ShellClosedEvent } from './ending-kinds.ts'
import type { ShellSessionError } from './errors.ts'
import type { ShellOutput } from './frame.ts'

/** Input that will not arrive, or may not have arrived. Reported once for all of it. */
export interface LostInput extends DeliveryReport {
  readonly bytes: number
  /**
   * `gone`: the shell that it was sent to is gone. `doubt`: it may have been typed. `ended`: the session ended before
   * it arrived. `read-only`: this client reconnected as an observer.
   */
  readonly reason: 'gone' | 'doubt' | 'ended' | 'read-only'
  readonly error: ShellSessionError
}

/** The events of `session.on(name, …)`. A `message` is output, or a gap in it; `delivery` is about input. */
export interface ShellSessionEvents extends ClientEvents<ShellOutput, ShellSessionError> {
  readonly delivery: LostInput
  readonly closed: ShellClosedEvent
  /** Attached again; false: the shell is another one. */
  readonly reconnected: { readonly reconnected: boolean }
  /** Another client changed the size of the terminal. */
  readonly resized: TerminalSize
  readonly role: { readonly role: 'writer' | 'observer' }
}

/** Where parts of a session report events for the app. */
export type SessionEvents = Pick<ClientLifecycle<ShellOutput, ShellSessionError, ShellSessionEvents>, 'emit' | 'report'>
