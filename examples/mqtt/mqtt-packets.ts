import { CredentialsRefused } from '@holdfast/core'
import { parserCodec } from '@holdfast/core/codecs'
import { generate, type IPublishPacket, type Packet, parser } from 'mqtt-packet'

/** Packets of MQTT 3.1.1 in a stream of bytes, or in frames of a WebSocket. */
export const mqttPackets = parserCodec<Packet, Packet>({
  open() {
    const reading = parser({ protocolVersion: 4 })
    const whole: Packet[] = []
    let broken: Error | undefined
    reading.on('packet', (packet: Packet) => whole.push(packet))
    reading.on('error', (error: Error) => {
      broken = error
    })
    return function* packets(piece) {
      reading.parse(Buffer.from(piece))
      yield* whole.splice(0)
      if (broken !== undefined) throw broken
    }
  },
  encode: (packet) => generate(packet),
})

export const pings = { ping: (): Packet => ({ cmd: 'pingreq' }), isPong: ({ cmd }: Packet) => cmd === 'pingresp' }

/** Who asks, and for how long it may be silent. */
interface Login {
  readonly clientId: string
  readonly username?: string
  readonly liveness?: { readonly timeoutMs?: number | undefined } | undefined
}

/** The broker keeps a session for this client. */
export function connect({ clientId, username, liveness }: Login, password?: string): Packet {
  const login = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: Buffer.from(password) }),
  }
  const keepalive = Math.ceil((liveness?.timeoutMs ?? 30_000) / 1_000)
  return { cmd: 'connect', clientId, clean: false, keepalive, ...login }
}

/** What CONNACK says of a connection that was not taken: 4 and 5 are about who asks. */
export function refused(returnCode: number | undefined): Error {
  if (returnCode === 4 || returnCode === 5) return new CredentialsRefused()
  return new Error(`The broker refused with return code ${returnCode}.`)
}

export function publish(topic: string, payload: string | Buffer): IPublishPacket {
  return { cmd: 'publish', topic, payload, qos: 1, dup: false, retain: false }
}

/** A publication under its number, and whether it was sent before. */
export function numbered(packet: Packet, { id, again = false }: { id: string; again?: boolean | undefined }): Packet {
  return packet.cmd === 'publish' ? { ...packet, messageId: Number(id), dup: again } : packet
}

export function subscribe(id: string, topic: string): Packet {
  return { cmd: 'subscribe', messageId: Number(id), subscriptions: [{ topic, qos: 1 }] }
}

/** Whether that is so from now on. */
export function subscribed(id: string, granted: readonly unknown[]) {
  if (granted[0] !== 128) return { id, begun: true } as const
  return { id, ended: true, error: new Error('The broker refused the subscription.') } as const
}

/** The broker knows filters, not subscriptions: none while another one has the same. */
export function unsubscribe(id: string, topic: string, others: Iterable<string>): Packet | undefined {
  if ([...others].includes(topic)) return undefined
  return { cmd: 'unsubscribe', messageId: Number(id), unsubscriptions: [topic] }
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
