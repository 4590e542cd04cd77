import type { Clock } from '@holdfast/contract'
import type { Cause, ClientProtocol, Gap } from '../client-protocol.ts'
import type { Outbox } from '../delivery/outbox/outbox.ts'
import type { RttSamples } from '../support/rtt-samples.ts'
import type { MachineEvent } from './machine/state.ts'
import type { Notifier } from './notifier.ts'
import type { PrepareHost } from './preparations.ts'

/** What an attempt needs of the connection that made it, and what it reports to it. `One` is the attempt itself. */
export interface AttemptHost<In, Out, WireIn, WireOut, Ready extends object | undefined, One>
  extends PrepareHost<In, Out, WireIn, WireOut, Ready> {
  readonly protocol: ClientProtocol<In, Out, WireIn, WireOut, Ready>
  readonly clock: Clock
  readonly outbox: Outbox<Out>
  readonly rtts: RttSamples
  /** The attempt that is open and written to. */
  readonly writer: One | undefined
  readonly notifier: Notifier
  /** What ended the attempt before. */
  readonly lastCause: Cause | undefined
  readonly inbound: {
    /** It is a ping of the peer, and was answered. */
    isPing(attempt: One, message: In): boolean
    message(attempt: One, message: In, bytes: number): void
    gap(gap: Gap): void
  }
  apply(event: MachineEvent): void
  accepted(attempt: One, ready: Ready | undefined): void
  failed(attempt: One, cause: Cause): void
  /** The peer has answered a probe: everything up to `mark` has arrived. */
  confirmedUpTo(attempt: One, ms: number, mark: number): void
  renew(attempt: One): void
  /** Nothing can prove that it lives. */
  doubtful(attempt: One): void
}
