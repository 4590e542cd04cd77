import * as holdfast from '@holdfast/core'
import { type ClientOptions, engineOptions } from '@holdfast/core/client'
import { retryPolicyBy } from '@holdfast/core/protocol'
import { Subscriptions } from '@holdfast/core/subscriptions'

type In<Data> =
  | { readonly type: 'connection_ack' | 'ping' | 'pong'; readonly id?: undefined }
  | { readonly type: 'next'; readonly id: string; readonly payload: Result<Data> }
  | { readonly type: 'error'; readonly id: string; readonly payload: Result<Data>['errors'] }
  | { readonly type: 'complete'; readonly id: string }
type Out = { readonly type: string; readonly id?: string; readonly payload?: unknown }

export interface Result<Data> {
  readonly data?: Data
  readonly errors?: readonly { readonly message: string }[]
}
/** What is asked for. `after`: the variables with which it goes on behind a result, where its schema has some for that. */
export interface Operation<Data> {
  readonly query: string
  readonly variables?: object
  readonly after?: (result: Result<Data>) => object
}

/** GraphQL over WebSocket: subscriptions come back after every drop. `params` are asked for at every attempt. */
export function connectGraphql<Data = unknown>(options: ClientOptions & { url: string; params?: () => unknown }) {
  const { intervalMs = 10_000, timeoutMs = 30_000 } = options.liveness ?? {}
  const spelling = { ping: () => ({ type: 'ping' }), isPong: ({ type }: In<Data>) => type === 'pong' }
  const protocol: holdfast.ClientProtocol<In<Data>, Out> = {
    name: 'graphql-transport-ws',
    codec: holdfast.jsonText(),
    liveness: holdfast.messagePing(spelling, { probeAfterMs: intervalMs, timeoutMs }),
    pong: ({ type }) => (type === 'ping' ? { type: 'pong' } : undefined),
    async handshake(link) {
      link.send({ type: 'connection_init', payload: await options.params?.() })
      await link.next(({ type }) => type === 'connection_ack', 'connection_ack')
      return undefined
    },
    retryPolicy: retryPolicyBy({
      meaning: (cause) => (cause.kind === 'close' && cause.code === 4403 ? { kind: 'credentials' } : undefined),
    }),
  }
  const target = { url: options.url, protocols: ['graphql-transport-ws'] }
  const connection = new holdfast.Connection({ ...engineOptions(options), target, protocol })
  // First, so that the answers of requests are not taken for those of subscriptions that are over.
  const requests = new holdfast.Requests<In<Data>, Out>(connection, {
    answers: ({ type, id }) => (type === 'next' || type === 'error' ? id : undefined),
    cancel: (id) => ({ type: 'complete', id }),
  })
  const subscriptions = new Subscriptions<In<Data>, Out, Operation<Data>, Result<Data>, object>(connection, {
    begin: ({ query, variables }, { id, position }) => ({
      type: 'subscribe',
      id,
      payload: { query, variables: { ...variables, ...position } },
    }),
    end: (id) => ({ type: 'complete', id }),
    position: (result, { after }) => after?.(result),
    of(message) {
      if (message.type === 'next') return { id: message.id, item: message.payload }
      if (message.type === 'error') return { id: message.id, ended: true, error: refused(message.payload) }
      return message.type === 'complete' ? { id: message.id, ended: true } : undefined
    },
  })
  connection.connect()
  return {
    connection,
    /** Results and gaps, in order. */
    subscribe: (operation: Operation<Data>) => subscriptions.open(operation),
    /** One result. `onDrop: 'carry'` asks again after a drop: for queries, and for mutations that may run twice. */
    ask: async (operation: Operation<Data>, ask?: holdfast.AskOptions): Promise<Result<Data>> => {
      const answer = await requests.ask((id) => ({ type: 'subscribe', id, payload: operation }), ask)
      if (answer.type === 'next') return answer.payload
      throw refused(answer.type === 'error' ? answer.payload : undefined)
    },
  }
}

const refused = (errors: Result<unknown>['errors']) => new Error(errors?.map(({ message }) => message).join('; '))
