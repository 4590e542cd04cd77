import { HoldfastError } from '@holdfast/contract'
import { type ErrorTable, errorTable } from '@holdfast/gate/internals'
import { SHELL_CLOSE } from '@holdfast/protocol/shell'

/** The codes that the shell host throws or reports. */
export type ShellErrorCode =
  | 'shell/spawn_failed'
  | 'shell/backend_unavailable'
  | 'shell/not_allowed'
  | 'shell/bad_request'
  | 'shell/unauthorized'
  | 'shell/forbidden'
  | 'shell/not_found'
  | 'shell/conflict'
  | 'shell/too_many'
  | 'shell/rate_limited'
  | 'shell/draining'
  | 'shell/peer_unreachable'
  | 'shell/host_failed'
  | 'shell/internal'

/** What an error code means, and what the caller can do. */
export interface ShellErrorRow {
  readonly sentence: string
  readonly action: string
  /** The HTTP status of the refusal at the upgrade. */
  readonly status: number
}

/** Every error code of the shell host. */
export const SHELL_ERRORS: Readonly<Record<ShellErrorCode, ShellErrorRow>> = {
  'shell/spawn_failed': {
    sentence: 'The program could not be started.',
    action: 'Check that it exists, that it is executable, and that its working directory exists.',
    status: 500,
  },
  'shell/backend_unavailable': {
    sentence: 'The chosen backend does not run on this system.',
    action: 'Choose another backend; details.cause says what is missing.',
    status: 500,
  },
  'shell/not_allowed': {
    sentence: 'The policy does not allow this program, directory or environment.',
    action: 'Ask for something that the server allows.',
    status: 403,
  },
  'shell/bad_request': {
    sentence: 'The request is malformed.',
    action: 'Correct what the message names; asking again will not help.',
    status: 400,
  },
  'shell/unauthorized': {
    sentence: 'The credentials were refused.',
    action: 'Try once with new credentials, then sign in again.',
    status: 401,
  },
  'shell/forbidden': {
    sentence: 'These credentials, or this origin, do not allow this.',
    action: 'Ask the operator for the scope, or to allow the origin.',
    status: 403,
  },
  'shell/not_found': {
    sentence: 'There is no such shell for these credentials.',
    action: 'Check the id; shells of others are not visible.',
    status: 404,
  },
  'shell/conflict': {
    sentence: 'Another client writes to the shell.',
    action: 'Attach as an observer, or take it over.',
    status: 409,
  },
  'shell/too_many': {
    sentence: 'The limit of shells, attached clients or memory is reached.',
    action: 'Close shells that are not needed, or connect again later.',
    status: 503,
  },
  'shell/rate_limited': {
    sentence: 'Too many connections of one principal, or wrong tokens from one address.',
    action: 'Wait for the time in Retry-After, then connect again.',
    status: 429,
  },
  'shell/draining': {
    sentence: 'The server is shutting down.',
    action: 'Connect again after the time in Retry-After; another server may answer.',
    status: 503,
  },
  'shell/peer_unreachable': {
    sentence: 'The server that has the shell cannot be reached.',
    action: 'Connect again later.',
    status: 503,
  },
  'shell/host_failed': {
    sentence: 'The process for shells could not be started.',
    action: 'The message says why, and host.log in its folder has its output. Correct that, then connect again.',
    status: 503,
  },
  'shell/internal': {
    sentence: 'The server failed.',
    action: 'Connect again later. The cause is in the log of the server.',
    status: 500,
  },
}

/** An error of the shell host. */
export function shellError(
  code: ShellErrorCode,
  message: string,
  options: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
): HoldfastError {
  return new HoldfastError(code, message, options)
}

/** What went wrong, in the words of shells. */
export const SHELL_ERROR_TABLE: ErrorTable = errorTable({
  area: 'shell',
  rows: SHELL_ERRORS,
  others: { 'server/method_not_allowed': 'shell/bad_request', 'server/unavailable': 'shell/too_many' },
})

/** The close code of a refusal that came after the upgrade. */
export function closeCodeOf(code: string): number {
  if (code === 'shell/too_many' || code === 'shell/draining') return SHELL_CLOSE.restart
  return code === 'shell/not_found' ? SHELL_CLOSE.noSuchShell : SHELL_CLOSE.forbidden
}
