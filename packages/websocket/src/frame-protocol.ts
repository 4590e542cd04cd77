import type { Cause, ClientProtocol, RetryContext, RetryDecision, WebSocketFrame } from '@holdfast/core'
import { meaningOf, retryPolicyBy } from '@holdfast/core/protocol'
import { type CloseEventInit, closeEvent, closeInit, type SocketCloseEvent } from './events.ts'
import type { SocketWire } from './options.ts'

/** Who dials for ever is not stopped by an answer: what stands before a server that starts gives those. */
const decide = /* @__PURE__ */ retryPolicyBy({
  whenRefused: 'stop',
  meaning: (cause, context) => {
    const meaning = meaningOf(cause, context)
    return meaning.kind === 'answer' ? { kind: 'lost', floorMs: meaning.floorMs } : meaning
  },
})

/** Every frame is a message, both ways; with what the wire adds. `shouldReconnect`: the program's word on whether to dial again. */
export function frameProtocol(
  wire: SocketWire | undefined,
  shouldReconnect: ((event: SocketCloseEvent) => boolean) | undefined,
): ClientProtocol<WebSocketFrame, WebSocketFrame> {
  const decideLink = (cause: Cause, context: RetryContext): RetryDecision =>
    wire?.retryPolicy?.(cause, context) ?? decide(cause, context)
  return {
    name: 'frames',
    codec: { decode: (frame) => ({ ok: true, message: frame }), encode: (message) => message },
    ...wire,
    retryPolicy: (cause, context) =>
      shouldReconnect?.(closeEvent(closeInitOf(cause))) === false ? { act: 'complete' } : decideLink(cause, context),
  }
}

/** What the `close` event of such an end says. */
export function closeInitOf(cause: Cause | undefined): CloseEventInit {
  return closeInit(cause?.kind === 'close' ? cause : {})
}
