import {
  type Fields,
  fields,
  fits,
  literal,
  maybeText,
  object,
  type Shape,
  text,
  type VariantShape,
  variants,
} from '../shape.ts'
import type { SessionControlMessage } from './control.ts'

/** What most messages carry; `uuid` names a message across replays. Sessions §1. */
interface SessionMessageBase {
  readonly uuid?: string | undefined
  readonly session_id?: string | undefined
}
/** A turn of the model. */
export interface SessionAssistantMessage extends SessionMessageBase {
  readonly type: 'assistant'
  readonly message: Fields
}
/** A turn of the user. */
export interface SessionUserMessage extends SessionMessageBase {
  readonly type: 'user'
  readonly message: Fields
}
/** The end of a run. */
export interface SessionResultMessage extends SessionMessageBase {
  readonly type: 'result'
  readonly subtype: string
}
/** The session tells of itself. */
export interface SessionSystemMessage extends SessionMessageBase {
  readonly type: 'system'
  readonly subtype: string
}
/** A piece of a turn as it comes. */
export interface SessionStreamEventMessage extends SessionMessageBase {
  readonly type: 'stream_event'
  readonly event: Fields
}

/** The first frame where headers cannot be set. Sessions §1. */
export interface SessionAuthFrame {
  readonly type: 'auth'
  readonly credential: { readonly type: 'oauth'; readonly token: string }
}

/** The messages of the stream that sessions §1 names. */
export type SessionKnownMessage =
  | SessionAssistantMessage
  | SessionUserMessage
  | SessionResultMessage
  | SessionSystemMessage
  | SessionStreamEventMessage

/** Any object with a string `type`. */
export interface SessionOtherMessage {
  readonly type: string
  readonly [member: string]: unknown
}

/** Anything that either side may say. The set is open; the guards of this module narrow it. Sessions §1. */
export type SessionMessage = SessionKnownMessage | SessionControlMessage | SessionAuthFrame | SessionOtherMessage

const base = { uuid: maybeText, session_id: maybeText } as const
const known: VariantShape<SessionKnownMessage, SessionMessage> = variants<SessionKnownMessage, SessionMessage, 'type'>(
  'type',
  {
    assistant: object<SessionAssistantMessage>({ ...base, type: literal('assistant'), message: fields }),
    user: object<SessionUserMessage>({ ...base, type: literal('user'), message: fields }),
    result: object<SessionResultMessage>({ ...base, type: literal('result'), subtype: text }),
    system: object<SessionSystemMessage>({ ...base, type: literal('system'), subtype: text }),
    stream_event: object<SessionStreamEventMessage>({ ...base, type: literal('stream_event'), event: fields }),
  },
)
const auth: Shape<SessionAuthFrame> = object<SessionAuthFrame>({
  type: literal('auth'),
  credential: object<SessionAuthFrame['credential']>({ type: literal('oauth'), token: text }),
})
const identified = object<{ readonly uuid: string }>({ uuid: text })
/** True for a stream message that sessions §1 names and that has what its kind needs. */
export function isKnownSessionMessage(message: SessionMessage): message is SessionKnownMessage {
  return known.isKnown(message) && fits(known, message)
}

/** True for a complete first frame. */
export function isSessionAuthFrame(message: unknown): message is SessionAuthFrame {
  return fits(auth, message)
}

/** The first frame for a token. */
export function sessionAuthFrame(token: string): SessionAuthFrame {
  return { type: 'auth', credential: { type: 'oauth', token } }
}

/** What a message is called across replays; `undefined` where it has no name and so cannot be recognised. */
export function sessionMessageUuid(message: object): string | undefined {
  return fits(identified, message) ? message.uuid : undefined
}
