import type { AttemptContext, Credentials } from '@holdfast/core'
import type { ChannelTraits } from '@holdfast/core/contract'
import { type SessionMessage, sessionAuthFrame, sessionsHeaders } from '@holdfast/protocol/sessions'

/** A token, or where to get one. Asked anew for every attempt. */
export type TokenSource = string | ((context: AttemptContext) => string | Promise<string>)

/**
 * How a connection authenticates (sessions §1): by request headers where the transport can set them, else by the first
 * frame. Either way nothing has to be waited for: the connection is usable as soon as the socket opens.
 */
export async function sessionsCredentials(
  token: TokenSource,
  traits: Pick<ChannelTraits, 'requestHeaders'>,
  context: AttemptContext,
): Promise<Credentials<SessionMessage>> {
  const secret = typeof token === 'function' ? await token(context) : token
  return traits.requestHeaders ? { headers: sessionsHeaders(secret) } : { firstFrame: sessionAuthFrame(secret) }
}
