import {
  type ClientProtocol,
  type Clock,
  Connection,
  CredentialsRefused,
  jsonText,
  messagePing,
  Requests,
  type Transport,
} from '@holdfast/core'

/** Your wire: what the server says … */
export type FromServer =
  | { readonly op: 'hello' | 'denied' | 'beat' }
  | { readonly op: 'news'; readonly text: string }
  | { readonly op: 'answer'; readonly id: string; readonly value: unknown }
/** … and what it is sent. */
export type ToServer =
  | { readonly op: 'auth'; readonly token: string }
  | { readonly op: 'beat' }
  | { readonly op: 'ask'; readonly id: string; readonly what: string }

export interface ClientOptions {
  readonly transport: Transport
  readonly url: string
  /** Asked anew for every attempt. */
  readonly token: () => Promise<string>
  readonly onNews: (text: string) => void
  /** A test gives one that it moves. */
  readonly clock?: Clock
}

export interface Client {
  readonly connection: Connection<FromServer, ToServer>
  /** Asked again under the same id after a drop, so the server does it once. */
  ask(what: string): Promise<unknown>
}

export function createClient({ transport, url, token, onNews, clock }: ClientOptions): Client {
  // All that is special about your wire. Dialing, retrying, queues and dead links are the engine's.
  const protocol: ClientProtocol<FromServer, ToServer> = {
    name: 'my-wire',
    codec: jsonText(),
    liveness: messagePing({ ping: (): ToServer => ({ op: 'beat' }), isPong: ({ op }: FromServer) => op === 'beat' }),
    async handshake(link) {
      link.send({ op: 'auth', token: await token() })
      if ((await link.next()).op !== 'hello') throw new CredentialsRefused()
      return undefined
    },
  }
  const connection = new Connection<FromServer, ToServer>({
    transport,
    clock,
    target: url,
    protocol,
    onMessage: (message) => message.op === 'news' && onNews(message.text),
  })
  const requests = new Requests(connection, {
    answers: (message: FromServer) => (message.op === 'answer' ? message.id : undefined),
  })
  return {
    connection,
    async ask(what) {
      const answer = await requests.ask((id): ToServer => ({ op: 'ask', id, what }), { onDrop: 'carry' })
      return answer.op === 'answer' ? answer.value : undefined
    },
  }
}
