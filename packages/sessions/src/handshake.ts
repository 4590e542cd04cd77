import type { AttemptContext, Credentials } from '@holdfast/core'
import { type Fresh, freshOf } from '@holdfast/core/client'
import type { ChannelTraits } from '@holdfast/core/contract'
import { type SessionMessage, sessionAuthFrame, sessionsHeaders } from '@holdfast/protocol/sessions'

/**
 * How a connection authenticates (sessions §1): by request headers where the transport can set them, else by the first
 * frame. Either way nothing has to be waited for: the connection is usable as soon as the socket opens.
 */
export async function sessionsCredentials(
  token: Fresh,
  traits: Pick<ChannelTraits, 'requestHeaders'>,
  context: AttemptContext,
): Promise<Credentials<SessionMessage>> {
  const secret = await freshOf(token, context)
  return traits.requestHeaders ? { headers: sessionsHeaders(secret) } : { firstFrame: sessionAuthFrame(secret) }
}
