import type { WebSocketChannel } from '@holdfast/contract'
import { CHANNEL_DEFAULTS } from '@holdfast/contract/channel'
import { streamError } from '../errors.ts'
import { firstFrame } from './first-frame.ts'
import { frameOf, KIND, textOf } from './frame.ts'
import { FRAMED_DEFAULTS, type FramedOptions } from './framed.ts'
import { type Asked, askedOf, type Refused } from './opening.ts'

/** A dial over a stream, which is answered once. */
export interface FramedRequest extends Asked {
  /** Opens this end. `protocol` is the subprotocol that is selected. */
  accept(answer?: {
    readonly protocol?: string | undefined
    readonly headers?: Readonly<Record<string, string>> | undefined
  }): WebSocketChannel
  refuse(answer: Refused): void
}

/**
 * The other end of `framed()`: takes a channel of bytes that was accepted and not started, and resolves with what its dialer asks.
 * Bound the time that you wait; `terminate()` of the channel ends the wait.
 * @throws `channel/connection_lost`, `channel/peer_violation`
 */
export async function acceptFramed(stream: WebSocketChannel, options: FramedOptions = {}): Promise<FramedRequest> {
  const { maxMessageBytes = FRAMED_DEFAULTS.maxMessageBytes, bounds = CHANNEL_DEFAULTS } = options
  const { frame, channel } = await firstFrame(stream, maxMessageBytes, bounds)
  const asked = frame.kind === KIND.open ? askedOf(textOf(frame)) : undefined
  if (asked === undefined) {
    stream.terminate()
    throw streamError('channel/peer_violation', 'The peer does not speak framed().')
  }
  return {
    ...asked,
    accept: ({ protocol = '', headers } = {}) => {
      stream.send(frameOf(KIND.opened, JSON.stringify({ protocol, headers })))
      return channel({ protocol })
    },
    refuse: (answer) => {
      stream.send(frameOf(KIND.refused, JSON.stringify(answer)))
      stream.close()
    },
  }
}
