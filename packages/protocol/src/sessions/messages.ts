import { fits } from '@holdfast/contract/shape'
import { sessionAuthFrame as authFrame, sessionKnownMessage } from './generated/checks.ts'
import type { SessionAuthFrame, SessionKnownMessage, SessionMessage } from './generated/types.ts'

/** True for a stream message that sessions §1 names and that has what its kind needs. */
export function isKnownSessionMessage(message: SessionMessage): message is SessionKnownMessage {
  return fits(sessionKnownMessage, message)
}

/** True for a complete first frame. */
export function isSessionAuthFrame(message: unknown): message is SessionAuthFrame {
  return fits(authFrame, message)
}

/** The first frame for a token. */
export function sessionAuthFrame(token: string): SessionAuthFrame {
  return { type: 'auth', credential: { type: 'oauth', token } }
}

/** What a message is called across replays; `undefined` where it has no name and so cannot be recognised. */
export function sessionMessageUuid(message: object): string | undefined {
  return 'uuid' in message && typeof message.uuid === 'string' ? message.uuid : undefined
}
