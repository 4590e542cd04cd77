import { type ErrorDetails, HoldfastError } from '@holdfast/core'

/** Every code of this package: what happened, and what the caller can do. Engine codes (`delivery/*`) pass as they are. */
export const OUTBOX_ERRORS = {
  'outbox/invalid_option': 'An option has a value that is not allowed. Correct it; nothing was opened.',
  'outbox/unavailable':
    'This page cannot keep messages: no IndexedDB or no Web Locks here (a page over http:, a private window, storage that the user forbids). Send through the client itself, which keeps them until a reload.',
  'outbox/full': 'The outbox has reached maxBytes. Nothing was dropped; send again when messages have been delivered.',
  'outbox/quota':
    'The browser has no room for the message, or refused to write it. It was not stored: send it again later, or through the client itself.',
  'outbox/not_storable': 'The message cannot be stored. It must be a JSON value, a string, or bytes.',
  'outbox/in_doubt':
    'The message was written by a page that has ended, and this server does not recognise it. It may have arrived, and is not sent again: check before you send it yourself.',
  'outbox/cleared':
    'The outbox was cleared, as at a sign-out, and the message with it. Send it again if it is still wanted.',
  'outbox/closed': 'The outbox is closed. What it holds stays stored; open it again to send.',
} as const

export type OutboxErrorCode = keyof typeof OUTBOX_ERRORS

/** An error of an outbox. Branch on `code`; what the browser threw is the `cause`. */
export class OutboxError extends HoldfastError {
  override readonly name = 'OutboxError'
  declare readonly code: OutboxErrorCode

  constructor(code: OutboxErrorCode, message: string, options: { cause?: unknown; details?: ErrorDetails } = {}) {
    super(code, message, options)
  }
}
