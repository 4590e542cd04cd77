import type { HoldfastError } from '@holdfast/contract'
import type { Gap } from '../client-protocol.ts'
import type { ConnectionEvents } from '../connection/events.ts'
import type { Outcome, Status } from '../connection/status.ts'
import type { DeliveryReport } from '../delivery/outbox/delivery-reports.ts'

/** What is sent now is written now. */
export function isConnected({ state }: Status): boolean {
  return state === 'open' || state === 'draining'
}

/** A client is over. `connect()` starts it again, where it can be. */
export interface ClosedEvent<Failure extends HoldfastError = HoldfastError> {
  readonly reason: Outcome['reason']
  /** Why it ended, where the app did not ask for it. */
  readonly error?: Failure | undefined
}

/** The events of `client.on(name, …)` that every client has. */
export interface ClientEvents<Message, Failure extends HoldfastError = HoldfastError> {
  /** Every change of the connection's status, in order, before any other event that the change causes. */
  readonly status: ConnectionEvents['status']
  /** A message, in order. One that listens counts as a reader: a promise that it returns is waited for. */
  readonly message: Message
  /** Messages of this side that were refused, or may not have arrived. */
  readonly delivery: DeliveryReport
  /** Messages of the peer are missing here. */
  readonly gap: Gap
  /** One message, one callback or one attempt failed. The client stays usable. */
  readonly problem: Failure
  /** It is over, until `connect()`. */
  readonly closed: ClosedEvent<Failure>
}

/** The same as options: `onStatus`, `onMessage` and so on listen from the first moment on. */
export type ListenersOf<Events extends object> = {
  readonly [Name in keyof Events & string as `on${Capitalize<Name>}`]?: ((event: Events[Name]) => unknown) | undefined
}
