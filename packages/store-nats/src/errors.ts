import { type ErrorDetails, HoldfastError } from '@holdfast/contract'

/** Every error of this store beside those of the session log: code, what it means, what the caller can do. */
export const NATS_ERRORS = {
  'nats/unreachable':
    'No NATS server answers under the given addresses. Check the addresses, and that a server is running.',
  'nats/unauthorized': 'The server refused the credentials. Check user, password, token or key.',
  'nats/forbidden': 'The credentials are right, but may not use JetStream or the subjects of this store. Grant them.',
  'nats/too_old': 'The server is too old: 2.11 is needed, 2.15 or newer is advised. Update it.',
  'nats/jetstream_off': 'JetStream is off at the server or for the account. Enable it.',
  'nats/no_room': 'The account has no storage, memory or streams left. Raise its limits at the server.',
  'nats/too_few_servers':
    'The cluster has fewer servers than replicas. Start more servers, or configure fewer replicas.',
  'nats/other_layout':
    'The store was created with another number of shards or by another version, or a part of it is missing. Use the settings that it was created with.',
  'nats/newer_record': 'A session was written by a newer version of this package. Update this gateway.',
  'nats/open_failed': 'The store could not be opened for another reason. Read the cause, and correct what it names.',
} as const

export type NatsErrorCode = keyof typeof NATS_ERRORS

/** An error of this store. */
export class NatsLogError extends HoldfastError {
  override readonly name = 'NatsLogError'

  constructor(code: NatsErrorCode, message: string, details?: ErrorDetails, cause?: unknown) {
    super(code, message, { details, cause })
  }
}
