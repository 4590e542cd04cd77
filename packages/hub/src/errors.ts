import { type ErrorDetails, HoldfastError } from '@holdfast/core'
import type { ProblemKind } from '@holdfast/core/client'
import { messageOf, SENTENCES } from '@holdfast/core/words'

/** Every code of this package: what happened, and what the caller can do. What hub §8 calls them is in `compat`. */
export const HUB_ERRORS = {
  'hub/invalid_option': 'An option has a value that is not allowed. Correct it; nothing was started.',
  'hub/connection_failed':
    'The hub could not be reached, or refused permanently. Read details.status or details.closeCode, and correct what they name.',
  'hub/auth_failed': 'The hub refused the credentials or the role. Correct them, then call connect().',
  'hub/not_found':
    'There is no such session for these credentials, or with details.status 404 no hub at this address. Check the id and the URL. A session is made by its lead, when it connects, or by HubApi.createSession().',
  'hub/has_lead':
    'The session has a lead already. Join it as a controller or observer, or end the other lead and call connect().',
  'hub/stale_driver':
    'A newer driver has taken over this session. Stop here; to take it back, connect as a new driver.',
  'hub/connection_error':
    'The link was lost or closed (details.reason). details.delivery says whether a message may have arrived; the client connects again by itself.',
  'hub/unreachable':
    'There has been no connection for a while; retries continue. The message has the cause and the next attempt. Act only if it names a mistake.',
  'hub/max_reconnects_exceeded': 'The retries of this outage are used up. Call connect() to start again.',
  'hub/send_while_disconnected':
    'The message was not sent: the queue was full or the connection ended. Sending it again is safe.',
  'hub/response_timeout': 'No response came in time. Ask again, or raise the timeout of the request.',
  'hub/invalid_response': 'The response could not be read. Check that client and hub have the same version.',
  'hub/invalid_message':
    'A message could not be read. It was skipped, and the client goes on. Check that both sides have the same version.',
  'hub/message_refused':
    'The hub does not accept this message, so it is not sent again. Read details.serverCode or details.reason, and correct the message.',
  'hub/questions_refused':
    'More than 10,000 questions, or 8 MiB of them, wait for the handler of this client. Later ones were refused: answer sooner, or ask less at once.',
  'hub/callback_failed':
    'A callback of the application threw an error, which is the cause. The client goes on; mend the callback.',
} as const

export type HubErrorCode = keyof typeof HUB_ERRORS

/** What is known beside the code. All of it is safe to log. */
export interface HubErrorDetails extends ErrorDetails {
  readonly sessionId?: string | undefined
  /** From the hub's refusal (hub §2). */
  readonly serverCode?: string | undefined
  readonly serverMessage?: string | undefined
  readonly serverMessageType?: 'connection_rejected' | 'protocol_error' | undefined
  readonly closeCode?: number | undefined
  readonly closeReason?: string | undefined
  /** HTTP status of a refused dial. */
  readonly status?: number | undefined
  /** Whether the message was never sent, or may have arrived. */
  readonly delivery?: 'notSent' | 'inDoubt' | undefined
  /** The first ids of the messages concerned, at most 20. */
  readonly ids?: readonly string[] | undefined
  /** The engine's own code, such as `delivery/overflow`. */
  readonly reason?: string | undefined
}

/** An error of a hub client. Branch on `code`; the engine's error is the `cause`. */
export class HubError extends HoldfastError {
  override readonly name = 'HubError'
  declare readonly code: HubErrorCode
  declare readonly details: HubErrorDetails

  /** @param message a sentence, or what is known beside the code */
  constructor(code: HubErrorCode, message: string | false, details: HubErrorDetails = {}, cause?: unknown) {
    super(code, messageOf(code, message), { details, cause })
  }
}

/** The engine's codes in those of this package. The first prefix that fits. */
const IN_HUB_WORDS: readonly (readonly [prefix: string, code: HubErrorCode])[] = [
  ['request/timeout', 'hub/response_timeout'],
  ['request/', 'hub/connection_error'],
  ['delivery/in_doubt', 'hub/connection_error'],
  ['delivery/too_large', 'hub/message_refused'],
  ['delivery/poison', 'hub/message_refused'],
  ['delivery/', 'hub/send_while_disconnected'],
  ['connection/exhausted', 'hub/max_reconnects_exceeded'],
  ['connection/closed', 'hub/connection_error'],
  ['connection/unreachable', 'hub/connection_error'],
  ['connection/connect_timeout', 'hub/connection_error'],
  ['connection/credentials', 'hub/auth_failed'],
]

/** Of a hub's client elsewhere, such as in another tab. */
function isHubCode(code: string): code is HubErrorCode {
  return code.startsWith('hub/')
}

/**
 * Any error as a `HubError`, with `said` as its message where given. The signal's own reason and foreign errors are
 * kept as the cause.
 */
export function toHubError(error: unknown, sessionId?: string, said?: string): HubError {
  if (error instanceof HubError) return error
  const code = error instanceof HoldfastError ? error.code : ''
  const details = error instanceof HoldfastError ? error.details : {}
  const found = isHubCode(code) ? ([code, code] as const) : IN_HUB_WORDS.find(([prefix]) => code.startsWith(prefix))
  const reported = SENTENCES ? (error instanceof Error ? error.message : 'The connection failed.') : code
  const message = said ?? reported
  const all: HubErrorDetails = {
    ...details,
    ...(code === 'delivery/in_doubt' ? { delivery: 'inDoubt' } : {}),
    ...(code === '' ? {} : { reason: code }),
    ...(sessionId === undefined ? {} : { sessionId }),
  }
  return new HubError(found?.[1] ?? 'hub/connection_failed', message, all, error)
}

/** What harms one message, callback or attempt alone. */
export function hubProblem(kind: ProblemKind, message: string, cause: unknown): HubError {
  const reason = cause instanceof HoldfastError ? cause.code : message
  return new HubError(
    `hub/${kind}`,
    message,
    { ...(cause instanceof HoldfastError ? cause.details : {}), reason },
    cause,
  )
}
