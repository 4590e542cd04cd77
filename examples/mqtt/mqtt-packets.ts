import type { Codec, WebSocketFrame } from '@holdfast/core'
import { severalMessages } from '@holdfast/core/contract'
import { generate, type Packet, parser } from 'mqtt-packet'

/** Packets of MQTT 3.1.1 in a stream of bytes, or in frames of a WebSocket. */
export const mqttPackets: Codec<Packet, Packet, WebSocketFrame, WebSocketFrame> = {
  reader: severalMessages(() => {
    const reading = parser({ protocolVersion: 4 })
    let whole: Packet[] = []
    let broken: Error | undefined
    reading.on('packet', (packet: Packet) => whole.push(packet))
    reading.on('error', (error: Error) => {
      broken = error
    })
    return function* packets(frame) {
      reading.parse(Buffer.from(frame))
      const found = whole
      whole = []
      for (const message of found) yield { ok: true, message, bytes: message.length ?? 0 }
      if (broken !== undefined) yield { ok: false, issue: broken.message }
    }
  }),
  decode: () => ({ ok: false, issue: 'packets are read by reader()' }),
  encode: (packet) => generate(packet),
}

/** Whether a topic is one of those that a filter means (MQTT 3.1.1, section 4.7). */
export function matches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false
  const names = topic.split('/')
  const parts = filter.split('/')
  return (
    parts.every((part, at) => part === '#' || (at < names.length && (part === '+' || part === names[at]))) &&
    (parts.at(-1) === '#' || parts.length === names.length)
  )
}
