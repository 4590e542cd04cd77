import { once } from 'node:events'
import { nodeWebSocket } from '@holdfast/transport-node'
import { buildSchema } from 'graphql'
import { type ClientOptions, createClient } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocket, WebSocketServer } from 'ws'
import { connectGraphql } from '../../examples/graphql-ws/graphql-client.ts'
import type { Entry, Server, Wire } from './wire.ts'

const schema = buildSchema(`
  type Query { count: Int! }
  type Mutation { say(id: String!, n: Int!): Int! }
  type Subscription { told(id: String!, after: Int): Int! }
`)
const TOLD = 'subscription ($id: String!, $after: Int) { told(id: $id, after: $after) }'
const SAY = 'mutation ($id: String!, $n: Int!) { say(id: $id, n: $n) }'

interface Data {
  readonly told?: number
  readonly say?: number
}

const ours: Entry = {
  name: 'examples/graphql-ws',
  isOurs: true,
  imports: `import { nodeWebSocket } from '@holdfast/transport-node'
            import { connectGraphql } from '../examples/graphql-ws/graphql-client.ts'
            globalThis.x = [nodeWebSocket, connectGraphql]`,
  async start(address, id, heard) {
    const client = connectGraphql<Data>({
      transport: nodeWebSocket({ proxy: false }),
      url: `ws://${address}`,
      retry: { preset: 'eager' },
    })
    await client.connection.connect()
    void (async () => {
      const after = ({ data }: { data?: Data }) => ({ after: data?.told })
      for await (const one of client.subscribe({ query: TOLD, variables: { id, after: -1 }, after })) {
        if (one.type === 'gap') heard.gap()
        else if (one.message.data?.told !== undefined) heard.message(one.message.data.told)
      }
    })()
    return {
      send: (n) => client.ask({ query: SAY, variables: { id, n } }),
      close: () => client.connection.close({ flushMs: 0 }),
    }
  },
}

function peer(name: string, options: Partial<ClientOptions>): Entry {
  return {
    name,
    isOurs: false,
    imports: `import { createClient } from 'graphql-ws'; globalThis.x = createClient`,
    async start(address, id, heard) {
      const client = createClient({
        url: `ws://${address}`,
        webSocketImpl: WebSocket,
        lazy: false,
        onNonLazyError: () => {},
        ...options,
      })
      client.subscribe<Data>(
        { query: TOLD, variables: { id, after: -1 } },
        {
          next: ({ data }) => data?.told !== undefined && heard.message(Number(data.told)),
          error: () => heard.gap(),
          complete: () => heard.gap(),
        },
      )
      const send = (n: number): Promise<unknown> =>
        new Promise((resolve, reject) => {
          client.subscribe(
            { query: SAY, variables: { id, n } },
            { next: resolve, error: reject, complete: () => reject() },
          )
        })
      return { send, close: () => client.dispose() }
    },
  }
}

/** Numbers for each subscriber. One that begins behind a number gets what came since. */
class Board {
  readonly #told = new Map<string, number[]>()
  readonly #waiting = new Set<() => void>()

  tell(id: string, n: number): void {
    this.#of(id).push(n)
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }

  async *from(id: string, after: number): AsyncGenerator<{ readonly told: number }> {
    for (let at = after + 1; ; at += 1) {
      while (at >= this.#of(id).length) await new Promise<void>((wake) => this.#waiting.add(wake))
      yield { told: this.#of(id)[at] ?? -1 }
    }
  }

  #of(id: string): number[] {
    const known = this.#told.get(id) ?? []
    this.#told.set(id, known)
    return known
  }
}

export const GRAPHQL: Wire = {
  name: 'GraphQL over WebSocket',
  server: 'graphql-ws 6.4 (server)',
  entries: [
    ours,
    peer('graphql-ws 6.4, defaults', {}),
    peer('graphql-ws 6.4, retries for ever, keepAlive 10 s', {
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: () => true,
      keepAlive: 10_000,
    }),
  ],
  async start(arrived): Promise<Server> {
    const board = new Board()
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      handleProtocols: () => 'graphql-transport-ws',
    })
    const roots = {
      query: { count: () => 0 },
      mutation: {
        say: ({ id, n }: { id: string; n: number }) => {
          arrived(id, n)
          return n
        },
      },
      subscription: { told: ({ id, after = -1 }: { id: string; after?: number }) => board.from(id, after) },
    }
    useServer({ schema, roots }, server)
    await once(server, 'listening')
    const address = server.address()
    return {
      port: typeof address === 'object' && address !== null ? address.port : 0,
      publish: (id, n) => board.tell(id, n),
      stop: async () => {
        for (const socket of server.clients) socket.terminate()
        await new Promise((resolve) => server.close(resolve))
      },
    }
  },
}
