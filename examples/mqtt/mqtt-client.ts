import { type ClientProtocol, Connection, messagePing } from '@holdfast/core'
import { type ClientOptions, engineOptions, freshOf, pingOptions } from '@holdfast/core/client'
import { IdPool, InOrder } from '@holdfast/core/protocol'
import { Subscriptions } from '@holdfast/core/subscriptions'
import type { IPublishPacket, Packet } from 'mqtt-packet'
import * as packets from './mqtt-packets.ts'

interface MqttOptions extends ClientOptions {
  readonly url: string
  /** The broker keeps subscriptions and messages under it while the client is away: one name for each client, the same after a restart. */
  readonly clientId: string
  readonly username?: string
  /** Called with what came for no open subscription, such as from a session before this process. */
  readonly onUnmatched?: (packet: Packet) => unknown
}

/** MQTT 3.1.1 with QoS 1 both ways: what `publish()` resolves for the broker has, and what a loop has read is acknowledged. */
export function mqttClient(options: MqttOptions) {
  const { url: target, onUnmatched: onMessage = () => {} } = options
  const ids = new IdPool(65_535)
  let acks = new InOrder()
  const protocol: ClientProtocol<Packet, Packet> = {
    name: 'mqtt',
    codec: packets.mqttPackets,
    liveness: messagePing(packets.pings, pingOptions(options)),
    delivery: { byDefault: 'retry', marksAgain: true, stamp: packets.numbered },
    async handshake(link) {
      link.send(packets.connect(options, await freshOf(options.token, link)))
      const { returnCode, sessionPresent } = await link.next((packet) => packet.cmd === 'connack', 'CONNACK')
      if (returnCode !== 0) throw packets.refused(returnCode)
      acks = new InOrder() // of this link
      return { resumed: sessionPresent }
    },
    receive(packet, context) {
      if (packet.cmd === 'puback') context.acked({ ids: [String(packet.messageId)] })
      if (packet.cmd !== 'publish') return packet.cmd !== 'suback'
      const { qos, messageId = 0 } = packet
      return { app: true, taken: acks.next(() => qos === 1 && context.send({ cmd: 'puback', messageId })) }
    },
  }
  const connection = new Connection({ ...engineOptions(options), target, protocol, onMessage })
  const topics = new Subscriptions<Packet, Packet, string, IPublishPacket>(connection, {
    ids,
    outlivesLink: true,
    begin: (topic, { id }) => packets.subscribe(id, topic),
    end: (id, topic, open) => packets.unsubscribe(id, topic, open.values()),
    of(packet, open) {
      if (packet.cmd === 'suback') return packets.subscribed(String(packet.messageId), packet.granted)
      if (packet.cmd !== 'publish') return undefined
      const those = [...open].filter(([, filter]) => packets.matches(filter, packet.topic))
      return those.length === 0 ? undefined : those.map(([id]) => ({ id, item: packet }))
    },
  })
  /** Resolves when the broker has it. */
  const publish = (topic: string, payload: string | Buffer) =>
    ids.during((id) => connection.send(packets.publish(topic, payload), { id }))
  /** Messages and gaps, in order. Open them before `connect()`, so that nothing of an earlier session comes too soon. */
  const subscribe = (filter: string) => topics.open(filter)
  return { connection, publish, subscribe }
}
