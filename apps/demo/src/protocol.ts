import { type ClientProtocol, type HandshakeResult, jsonText, transportPing } from '@holdfast/core'
import type { Cursor } from '@holdfast/core/protocol'
import type { ToClient, ToServer } from './wire.ts'

/** The client's half: what differs from any other protocol. Dialing, retrying, queues and resending are the engine's. */
export function lineProtocol(session: string, cursor: Cursor): ClientProtocol<ToClient, ToServer> {
  return {
    name: 'lines',
    codec: jsonText<ToClient, ToServer>(),
    // Quick bounds, so that a half-open link is noticed while you watch.
    liveness: transportPing({ probeAfterMs: 1_000, writeProbeAfterMs: 500, pongTimeoutMs: 1_000, timeoutMs: 4_000 }),
    delivery: {
      byDefault: 'ordered',
      stamp: (message, { seq = 0 }) => (message.type === 'line' ? { ...message, seq } : message),
    },
    async handshake(link): Promise<HandshakeResult> {
      link.send({ type: 'hello', session, received: cursor.position?.seq ?? 0 })
      link.step('resume')
      const welcome = await link.next()
      if (welcome.type !== 'welcome') throw new Error('expected a welcome')
      if (cursor.position?.epoch !== welcome.epoch) cursor.adopt({ epoch: welcome.epoch, seq: 0 })
      return welcome
    },
    receive(message, port) {
      if (message.type === 'ack') port.acked(message)
      if (message.type !== 'line') return true
      const arrival = cursor.take(message.seq)
      port.send({ type: 'ack', through: message.seq })
      if (arrival.kind === 'gap') port.gap(arrival.gap)
      return arrival.kind === 'duplicate'
    },
  }
}
