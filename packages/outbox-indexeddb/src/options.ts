import type { DeliveryClass, Guarantees, Status } from '@holdfast/core'
import { OutboxError } from './errors.ts'
import type { OutboxSurroundings } from './ownership.ts'

/** What an outbox needs of a client. A `Connection` and a `HubClient` fit. */
export interface OutboxClient<Message> {
  readonly status: Status
  readonly guarantees: Guarantees
  /** What the page has processed, where the client follows a position. */
  readonly position?: string | undefined
  send(message: Message, options: { readonly id: string; readonly delivery: DeliveryClass }): OutboxDeliveryOfClient
  on(name: 'status', listener: () => unknown): () => void
}

/** As much of a `Delivery` as an outbox looks at. */
export interface OutboxDeliveryOfClient {
  readonly state: 'queued' | 'written' | 'acked' | 'inDoubt' | 'rejected' | 'dropped'
  readonly error: Error | undefined
  whenSettled(run: () => void): void
}

/** What became of a message that was kept. */
export interface SettledMessage<Message> {
  readonly id: string
  readonly message: Message
  /**
   * `acked`: the server has it. `written`: it was written, and this server confirms nothing. `inDoubt`: it may have arrived, and
   * is not sent again. `rejected`: it will not arrive.
   */
  readonly outcome: 'acked' | 'written' | 'inDoubt' | 'rejected'
  /** Why it is in doubt or rejected. */
  readonly error: Error | undefined
  /** A page before this one took it. */
  readonly isEarlier: boolean
}

/** Options of an outbox. */
export interface OutboxOptions<Message> extends OutboxSurroundings {
  /** What the messages are for, such as a session's id: outboxes of another name are apart. One for each user who signs in. */
  readonly name: string
  /** Of all that a tab keeps, and 256 for each message; more is refused. @defaultValue {@link OUTBOX_DEFAULTS}`.maxBytes` (4 MiB) */
  readonly maxBytes?: number | undefined
  /**
   * How often it is looked for what tabs left that do not come back; a box that is free at two looks in a row is taken over. In
   * milliseconds. @defaultValue {@link OUTBOX_DEFAULTS}`.lookMs` (30 s)
   */
  readonly lookMs?: number | undefined
  /** The id that a message has of itself, where its protocol acknowledges it by that. @defaultValue a new one for each */
  readonly idOf?: ((message: Message) => string | undefined) | undefined
  /** Every message that has left the outbox, in whatever way; those of an earlier page too. */
  readonly onSettled?: ((settled: SettledMessage<Message>) => unknown) | undefined
  /** Something could not be stored, or a callback threw. The outbox lives on. */
  readonly onProblem?: ((error: Error) => unknown) | undefined
}

/** Per message. */
export interface OutboxSendOptions {
  /**
   * `ordered`: once where the server recognises it, else in doubt after a crash. `retry`: sent again in any case, so that it may
   * arrive twice. `once`: never written twice. @defaultValue 'ordered'
   */
  readonly delivery?: Exclude<DeliveryClass, 'volatile'> | undefined
  readonly id?: string | undefined
}

/** Every default of an outbox. Bytes and milliseconds. */
export const OUTBOX_DEFAULTS = { maxBytes: 4_194_304, messageBytes: 256, lookMs: 30_000 } as const

/** @throws `outbox/invalid_option` */
export function checkOptions({
  name,
  maxBytes = 1,
  lookMs = 1,
}: Pick<OutboxOptions<never>, 'name' | 'maxBytes' | 'lookMs'>): void {
  if (typeof name !== 'string' || name === '') throw invalid('name: expected what the messages are for')
  if (!(maxBytes >= 1)) throw invalid('maxBytes: expected a number of at least 1')
  if (!(lookMs >= 1)) throw invalid('lookMs: expected a number of at least 1')
}

function invalid(what: string): OutboxError {
  return new OutboxError('outbox/invalid_option', `Option ${what}.`)
}

/** As text has it; bytes as they are. @throws `outbox/not_storable` */
export function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.byteLength
  if (typeof value === 'string') return value.length
  try {
    const text = JSON.stringify(value)
    if (text !== undefined) return text.length
  } catch (cause) {
    throw new OutboxError('outbox/not_storable', 'It has no JSON.', { cause })
  }
  throw new OutboxError('outbox/not_storable', 'It has no JSON.')
}
