import { type AskOptions, type ClientProtocol, Connection, messagePing, Requests } from '@holdfast/core'
import { addresses } from '@holdfast/core/addresses'
import { type ClientOptions, engineOptions, freshOf, pingOptions } from '@holdfast/core/client'
import { Subscriptions } from '@holdfast/core/subscriptions'
import type { In, NatsMessage, Out } from './nats-messages.ts'
import * as wire from './nats-messages.ts'

interface NatsOptions extends Omit<ClientOptions, 'url'> {
  /** Of a cluster some are enough: they name the others. */
  readonly servers: readonly string[]
}

/** Core NATS: subscriptions come back, and what `publish()` resolves for the server has. */
export function connectNats(options: NatsOptions) {
  const servers = addresses(options.servers)
  const [scheme] = options.servers.map((url) => url.split('//')[0])
  const protocol: ClientProtocol<In, Out> = {
    name: 'nats',
    codec: wire.natsMessages,
    liveness: messagePing(wire.pings, pingOptions(options)),
    pong: ({ op }) => (op === 'PING' ? { op: 'PONG' } : undefined),
    async handshake(link) {
      const { info } = await link.next(wire.isInfo, 'INFO')
      link.send(wire.connect(await freshOf(options.token, link)))
      link.send({ op: 'PING' })
      const answer = await link.next(({ op }) => op === 'PONG' || op === '-ERR', 'PONG')
      if (answer.op === '-ERR') throw wire.refused(answer.text)
      servers.learn((info.connect_urls ?? []).map((url) => `${scheme}//${url}`))
      return { maxMessageBytes: info.max_payload }
    },
    receive(message, context) {
      if (message.op === '-ERR') context.report(message.text)
      if (message.op === 'INFO') servers.learn((message.info.connect_urls ?? []).map((url) => `${scheme}//${url}`))
      if (message.op === 'INFO' && message.info.ldm === true) context.drain()
      return message.op !== 'MSG'
    },
  }
  const connection = new Connection({ ...engineOptions(options), target: servers, protocol })
  const subscriptions = new Subscriptions<In, Out, string, NatsMessage>(connection, {
    begin: (subject, { id: sid }) => ({ op: 'SUB', subject, sid }),
    end: (sid) => ({ op: 'UNSUB', sid }),
    of: (message) => (wire.isMessage(message) ? { id: message.sid, item: message } : undefined),
  })
  const inbox = `_INBOX.${crypto.randomUUID()}.`
  connection.on('link', () => connection.write({ op: 'SUB', subject: `${inbox}>`, sid: 'inbox' }))
  const requests = new Requests<In, Out>(connection, {
    answers: (message) =>
      wire.isMessage(message) && message.sid === 'inbox' ? message.subject.slice(inbox.length) : undefined,
  })
  const request = async (subject: string, payload: string | Uint8Array, how?: AskOptions) => {
    const answer = await requests.ask((id) => ({ op: 'PUB', subject, reply: inbox + id, payload }), how)
    if (wire.isMessage(answer) && answer.status !== 503) return answer
    throw new Error(`Nobody answers ${subject}.`)
  }
  const publish = (subject: string, payload: string | Uint8Array) => connection.send({ op: 'PUB', subject, payload })
  return { connection, publish, request, subscribe: (subject: string) => subscriptions.open(subject) }
}
