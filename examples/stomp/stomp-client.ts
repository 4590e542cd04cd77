import { type ClientProtocol, Connection, CredentialsRefused } from '@holdfast/core'
import { type ClientOptions, engineOptions, freshOf } from '@holdfast/core/client'
import { Subscriptions } from '@holdfast/core/subscriptions'
import * as wire from './stomp-frames.ts'
import { type Frame, frame, type Headers, type Out } from './stomp-frames.ts'

interface StompOptions extends ClientOptions, wire.Login {
  readonly url: string
  /** False: the broker answers no `receipt` of a SEND, so nothing says that it has one. @defaultValue true */
  readonly receipts?: boolean
}

/** STOMP 1.2 over WebSocket; `token` is the passcode. What a broker refuses a CONNECT with waits for `reauthenticate()`. */
export function connectStomp(options: StompOptions) {
  const { url, receipts: acks = true, liveness: { intervalMs = 10_000, timeoutMs = 30_000 } = {} } = options
  let beats = wire.NO_BEATS
  let asked: string[] = [] // the subscriptions of this link that have no receipt yet
  const protocol: ClientProtocol<Frame, Out> = {
    name: 'stomp',
    codec: wire.stompFrames,
    liveness: (link) => wire.beating(beats, timeoutMs)?.(link),
    delivery: { byDefault: 'once', stamp: (message, { id }) => wire.withReceipt(message, id) },
    async handshake(link) {
      link.send(wire.connect(options, await freshOf(options.token, link), intervalMs))
      const answer = await link.next(({ command }) => command === 'CONNECTED' || command === 'ERROR', 'CONNECTED')
      if (answer.command === 'ERROR') throw new CredentialsRefused(wire.refused(answer).message)
      beats = wire.agreed(intervalMs, answer)
      asked = []
      return { acks }
    },
    receive(message, context) {
      const { 'receipt-id': receipt, ack } = message.headers
      if (message.command === 'RECEIPT' && receipt !== undefined) context.acked({ ids: [receipt] })
      if (message.command === 'ERROR') context.fail(wire.refused(message)) // the broker ends the link, now or soon
      if (message.command !== 'MESSAGE' || ack === undefined) return message.command === 'BEAT'
      return { app: true, taken: (isRead) => isRead && context.send(frame('ACK', { id: ack })) }
    },
  }
  const target = wire.target(url)
  const connection = new Connection({ ...engineOptions(options), target, protocol, onMessage: () => {} })
  const topics = new Subscriptions<Frame, Out, Headers, Frame>(connection, {
    begin(topic, { id }) {
      if (acks) asked.push(id)
      return wire.withReceipt(frame('SUBSCRIBE', { ...topic, id }), id)
    },
    end: (id) => frame('UNSUBSCRIBE', { id }),
    of(message) {
      const { subscription, 'receipt-id': receipt } = message.headers
      if (message.command === 'MESSAGE') return { id: subscription ?? '', item: message }
      if (message.command === 'RECEIPT') asked = asked.filter((id) => id !== receipt)
      return message.command === 'ERROR' ? wire.ended(receipt ?? asked[0], message) : undefined
    },
  })
  /** Resolves when the broker has it. */
  const send = (...message: Parameters<typeof wire.sending>) => connection.send(wire.sending(...message))
  /** Messages and gaps, in order. */
  const subscribe = (destination: string, headers?: Headers) => topics.open({ ...headers, destination })
  return { connection, send, subscribe }
}
