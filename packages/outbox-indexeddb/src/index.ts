export type { OutboxCheckpoint } from './box-store.ts'
export type { DurableOutbox } from './durable-outbox.ts'
export { OUTBOX_ERRORS, OutboxError, type OutboxErrorCode } from './errors.ts'
export { openOutbox } from './open-outbox.ts'
export {
  OUTBOX_DEFAULTS,
  type OutboxClient,
  type OutboxDeliveryOfClient,
  type OutboxOptions,
  type OutboxSendOptions,
  type SettledMessage,
} from './options.ts'
export type { OutboxSurroundings } from './ownership.ts'
