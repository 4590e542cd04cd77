import type { ClientProtocol, WebSocketFrame } from '@holdfast/core'
import type { Liveness } from '@holdfast/core/contract'
import { type TrackerClientMessage, type TrackerServerMessage, trackerClientCodec } from '@holdfast/protocol/tracker'
import { type TrackerReady, trackerHandshake } from './handshake.ts'
import type { Presence } from './presence.ts'
import { trackerRetryPolicy } from './retry-policy.ts'

/** The tracker's wire as the engine sees it: auth, heartbeats, retry policy. Tracker §1. */
export class TrackerProtocol
  implements ClientProtocol<TrackerServerMessage, TrackerClientMessage, WebSocketFrame, WebSocketFrame, TrackerReady>
{
  readonly name = 'tracker'
  readonly codec: typeof trackerClientCodec = trackerClientCodec
  readonly liveness: Liveness<TrackerServerMessage, TrackerClientMessage>
  readonly handshake: typeof trackerHandshake = trackerHandshake
  readonly retryPolicy: ReturnType<typeof trackerRetryPolicy>

  /** `refreshable`: the token can be asked for again. */
  constructor(presence: Presence, refreshable: boolean) {
    this.retryPolicy = trackerRetryPolicy(refreshable)
    this.liveness = presence.liveness
  }
}
