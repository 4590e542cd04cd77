import { type AskOptions, type ClientProtocol, Connection, jsonText, messagePing, Requests } from '@holdfast/core'
import { type ClientOptions, engineOptions, pingOptions } from '@holdfast/core/client'
import { retryPolicyBy } from '@holdfast/core/protocol'
import { Subscriptions } from '@holdfast/core/subscriptions'
import { asked, type In, type Out, type Result, refused } from './graphql-messages.ts'

/** What is asked for. `after`: the variables with which it continues behind a result, where its schema has some for that. */
export interface Operation<Data> {
  readonly query: string
  readonly variables?: object
  readonly after?: (result: Result<Data>) => object
}

/** GraphQL over WebSocket: subscriptions come back after every drop. `params` are asked for at every attempt. */
export function connectGraphql<Data = unknown>(options: ClientOptions & { url: string; params?: () => unknown }) {
  const spelling = { ping: () => ({ type: 'ping' }), isPong: ({ type }: In<Data>) => type === 'pong' }
  const protocol: ClientProtocol<In<Data>, Out> = {
    name: 'graphql-transport-ws',
    codec: jsonText(),
    liveness: messagePing(spelling, pingOptions(options)),
    pong: ({ type }) => (type === 'ping' ? { type: 'pong' } : undefined),
    async handshake(link) {
      link.send({ type: 'connection_init', payload: await options.params?.() })
      await link.next(({ type }) => type === 'connection_ack', 'connection_ack')
    },
    retryPolicy: retryPolicyBy({
      meaning: (cause) => (cause.kind === 'close' && cause.code === 4403 ? { kind: 'credentials' } : undefined),
    }),
  }
  const target = { url: options.url, protocols: ['graphql-transport-ws'] }
  const connection = new Connection({ ...engineOptions(options), target, protocol })
  const subscriptions = new Subscriptions<In<Data>, Out, Operation<Data>, Result<Data>, object>(connection, {
    begin: (operation, { id, position }) => asked(id, operation, position),
    end: (id) => ({ type: 'complete', id }),
    position: (result, { after }) => after?.(result),
    of(message) {
      if (message.type === 'next') return { id: message.id, item: message.payload }
      if (message.type === 'error') return { id: message.id, ended: true, error: refused(message.payload) }
      return message.type === 'complete' ? { id: message.id, ended: true } : undefined
    },
  })
  const requests = new Requests<In<Data>, Out>(connection, {
    answers: ({ type, id }) => (type === 'next' || type === 'error' ? id : undefined),
    cancel: (id) => ({ type: 'complete', id }),
  })
  connection.connect()
  /** Results and gaps, in order. */
  const subscribe = (operation: Operation<Data>) =>
    subscriptions.open(operation, { position: operation.after && operation.variables })
  /** One result. `onDrop: 'carry'` asks again after a drop: for queries, and for mutations that may run twice. */
  const ask = async (operation: Operation<Data>, how?: AskOptions): Promise<Result<Data>> => {
    const answer = await requests.ask((id) => asked(id, operation), how)
    if (answer.type === 'next') return answer.payload
    throw refused(answer.type === 'error' ? answer.payload : undefined)
  }
  return { connection, subscribe, ask }
}
