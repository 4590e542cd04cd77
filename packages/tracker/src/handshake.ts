import type { HandshakeLink, HandshakeResult } from '@holdfast/core'
import {
  announcedFrameLimit,
  type TrackerClientMessage,
  type TrackerServerMessage,
  type TrackerWelcome,
} from '@holdfast/protocol/tracker'
import { TrackerError } from './errors.ts'

/** What the tracker returns to an accepted agent. */
export interface TrackerReady extends HandshakeResult {
  readonly welcome: TrackerWelcome
}

/** `auth` first, then the tracker's answer; what comes before the answer is for the agent, in order. Tracker §1. */
export async function trackerHandshake(
  link: HandshakeLink<TrackerServerMessage, TrackerClientMessage>,
): Promise<TrackerReady> {
  const auth = link.credentials?.firstFrame
  if (auth !== undefined) link.send(auth)
  const message = await link.next(isAnswer, 'an answer to the token (auth_ok)')
  if (message.kind === 'auth_ok') {
    const { welcome } = message
    // Browsers show no headers of an upgrade's answer.
    return { welcome, maxMessageBytes: announcedFrameLimit(link.opening.headers) ?? welcome.maxFrameBytes }
  }
  link.refuse(1000, 'refused')
  throw new TrackerError('tracker/token_refused', `The tracker refused the token: ${message.message}`)
}

function isAnswer(
  message: TrackerServerMessage,
): message is Extract<TrackerServerMessage, { kind: 'auth_ok' | 'auth_error' }> {
  return message.kind === 'auth_ok' || message.kind === 'auth_error'
}
