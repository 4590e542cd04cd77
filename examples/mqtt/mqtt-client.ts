import * as holdfast from '@holdfast/core'
import { type ClientOptions, engineOptions, freshOf } from '@holdfast/core/client'
import { Subscriptions } from '@holdfast/core/subscriptions'
import type { IPublishPacket, Packet } from 'mqtt-packet'
import { matches, mqttPackets } from './mqtt-packets.ts'

interface MqttOptions extends ClientOptions {
  /** The broker keeps subscriptions and messages under it while the client is away: one name for each client, the same after a restart. */
  readonly clientId: string
  readonly username?: string
  /** Told what came for no subscription that is open, such as from a session before this process. */
  readonly onUnmatched?: (packet: Packet) => unknown
}

/** MQTT 3.1.1 with QoS 1 both ways: what `publish()` resolves for the broker has, and what a loop has read is acknowledged. */
export function mqttClient(options: MqttOptions & { url: string }) {
  const { clientId, onUnmatched = () => {} } = options
  const { intervalMs = 10_000, timeoutMs = 30_000 } = options.liveness ?? {}
  const spelling = { ping: (): Packet => ({ cmd: 'pingreq' }), isPong: ({ cmd }: Packet) => cmd === 'pingresp' }
  const username = options.username === undefined ? {} : { username: options.username }
  const ids = packetIds()
  const protocol: holdfast.ClientProtocol<Packet, Packet> = {
    name: 'mqtt',
    codec: mqttPackets,
    liveness: holdfast.messagePing(spelling, { probeAfterMs: intervalMs, timeoutMs }),
    delivery: {
      byDefault: 'retry',
      marksAgain: true,
      stamp: (packet, { id, again = false }) =>
        packet.cmd === 'publish' ? { ...packet, messageId: Number(id), dup: again } : packet,
    },
    async handshake(link) {
      if (link.credentials?.firstFrame !== undefined) link.send(link.credentials.firstFrame)
      const answer = await link.next((packet) => packet.cmd === 'connack', 'CONNACK')
      const { returnCode, sessionPresent } = answer
      if (returnCode === 4 || returnCode === 5) throw new holdfast.CredentialsRefused()
      if (returnCode !== 0) throw new Error(`The broker refused with return code ${returnCode}.`)
      return { resumed: sessionPresent }
    },
    receive(packet, context) {
      if (packet.cmd === 'puback') context.acked({ ids: [String(packet.messageId)] })
      if (packet.cmd !== 'publish') return packet.cmd !== 'suback'
      const { qos, messageId = 0 } = packet
      return { app: true, taken: () => qos === 1 && context.send({ cmd: 'puback', messageId }) }
    },
  }
  const connection = new holdfast.Connection({
    ...engineOptions(options),
    target: async (context) => freshOf(options.url, context),
    async credentials(context) {
      const password =
        options.token === undefined ? {} : { password: Buffer.from(await freshOf(options.token, context)) }
      const keepalive = Math.ceil(timeoutMs / 1_000)
      return { firstFrame: { cmd: 'connect' as const, clientId, clean: false, keepalive, ...username, ...password } }
    },
    protocol,
    onMessage: onUnmatched,
  })
  const topics = new Subscriptions<Packet, Packet, string, IPublishPacket>(connection, {
    newId: ids.take,
    outlivesLink: true,
    begin: (topic, { id }) => ({ cmd: 'subscribe', messageId: Number(id), subscriptions: [{ topic, qos: 1 }] }),
    end(id, topic, open) {
      ids.free(id)
      if ([...open.values()].includes(topic)) return undefined
      return { cmd: 'unsubscribe', messageId: Number(id), unsubscriptions: [topic] }
    },
    of(packet, open) {
      if (packet.cmd === 'suback') return subscribed(String(packet.messageId), packet.granted)
      if (packet.cmd !== 'publish') return undefined
      const those = [...open].filter(([, filter]) => matches(filter, packet.topic))
      return those.length === 0 ? undefined : those.map(([id]) => ({ id, item: packet }))
    },
  })
  return {
    connection,
    /** Messages and gaps, in order. Open them before `connect()`, so that nothing of an earlier session comes too soon. */
    subscribe: (filter: string) => topics.open(filter),
    /** Resolves when the broker has it. */
    async publish(topic: string, payload: string | Buffer): Promise<void> {
      const id = ids.take()
      const packet: Packet = { cmd: 'publish', topic, payload, qos: 1, dup: false, retain: false }
      await connection.send(packet, { id }).done.finally(() => ids.free(id))
    },
  }
}

function subscribed(id: string, granted: readonly unknown[]) {
  if (granted[0] !== 128) return { id, begun: true } as const
  return { id, ended: true, error: new Error('The broker refused the subscription.') } as const
}

/** Numbers from 1 to 65,535, of which none is used twice at once. */
function packetIds() {
  const used = new Set<string>()
  let last = 0
  return {
    take(): string {
      do last = (last % 65_535) + 1
      while (used.has(String(last)))
      used.add(String(last))
      return String(last)
    },
    free: (id: string) => used.delete(id),
  }
}
