import type { Clock } from '@holdfast/contract'
import type { DeliveryClass, DeliveryMark, DeliveryRules } from '../../client-protocol.ts'
import type { DeliveryReport } from './delivery-reports.ts'

/** Bounds of the outbox: queued messages and written but unconfirmed ones, together. */
export interface OutboxOptions {
  /** Messages. @defaultValue none: bytes decide */
  readonly maxCount?: number | undefined
  /** Of encoded size, text one byte a character, and 256 for each message. @defaultValue 8388608 (8 MiB) */
  readonly maxBytes: number
  /** Writing pauses while the channel buffers more than this, in bytes. @defaultValue 1048576 (1 MiB) */
  readonly highWaterBytes: number
}

/** Per message. */
export interface SendOptions {
  /** @defaultValue what the protocol declares, else `once` */
  readonly delivery?: DeliveryClass | undefined
  /** @defaultValue a new one, unique across reconnects */
  readonly id?: string | undefined
  /** `volatile`: while it cannot be written, a newer message of the same key replaces it. */
  readonly key?: string | undefined
  /** Rejected with `delivery/expired` if it is not written within this time. In milliseconds. */
  readonly expiresInMs?: number | undefined
}

/** What confirms a written message: the protocol's acks, the liveness probe, or nothing. */
export type Confirmation = 'ack' | 'probe' | 'none'

/** What the outbox needs of the connection. */
export interface OutboxHost<Out> {
  readonly clock: Clock
  newId(): string
  /** A repetition is stamped anew, as one. */
  readonly marksAgain?: boolean | undefined
  /** Encoded frames with their size. May throw. */
  encode(message: Out, probeMark: DeliveryMark): { wire: unknown; bytes: number }
  write(wire: unknown): void
  bufferedBytes(): number
  drained(): Promise<void>
  report(report: DeliveryReport): void
  /** A caller waits for the confirmation of what was written. */
  confirmationRequested(): void
  /** Nothing waits and nothing is unconfirmed. */
  empty(): void
}

/** What an outbox needs of the rules of its protocol; absent: nothing is acknowledged by it. */
export type OutboxRules<Out> = Pick<DeliveryRules<Out>, 'byDefault' | 'numbers'>

/** What the handshake said of the session that is written into. */
export interface WriteSession {
  readonly continued: boolean
  readonly received?: number | undefined
  readonly fenced?: boolean | undefined
  readonly restamp?: boolean | undefined
  readonly maxMessageBytes?: number | undefined
}
