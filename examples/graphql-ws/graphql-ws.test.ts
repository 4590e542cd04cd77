import { once } from 'node:events'
import { type ChaosProxy, startChaosProxy } from '@holdfast/chaos-proxy'
import { nodeWebSocket } from '@holdfast/transport-node'
import { buildSchema } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { RETRY_OFTEN, throughFaults } from '../../tests/e2e/support/through-faults.ts'
import { connectGraphql } from './graphql-client.ts'

const schema = buildSchema(`
  type Post { seq: Int!, text: String! }
  type Query { count: Int! }
  type Mutation { post(text: String!): Int! }
  type Subscription { posts(after: Int): Post! }
`)

/** A board of posts. Who subscribes with `after` gets what came since; who does not, what comes from then on. */
class Board {
  readonly posts: { readonly seq: number; readonly text: string }[] = []
  token = 'first'
  readonly #waiting = new Set<() => void>()
  readonly #server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'graphql-transport-ws' })

  async listen(): Promise<number> {
    const roots = {
      query: { count: () => this.posts.length },
      mutation: { post: ({ text }: { text: string }) => this.post(text) },
      subscription: { posts: ({ after = this.posts.length }: { after?: number }) => this.#from(after) },
    }
    const onConnect = ({ connectionParams }: { connectionParams?: Readonly<Record<string, unknown>> | undefined }) =>
      connectionParams?.['token'] === this.token
    useServer({ schema, roots, onConnect }, this.#server)
    await once(this.#server, 'listening')
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  post(text: string): number {
    this.posts.push({ seq: this.posts.length + 1, text })
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
    return this.posts.length
  }

  async *#from(after: number) {
    for (let next = after; ; next += 1) {
      while (next >= this.posts.length) await new Promise<void>((wake) => this.#waiting.add(wake))
      yield { posts: this.posts[next] }
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

interface Data {
  readonly posts?: { readonly seq: number; readonly text: string }
  readonly count?: number
  readonly post?: number
}

let board: Board
let proxy: ChaosProxy
let client: ReturnType<typeof connectGraphql<Data>>

beforeEach(async () => {
  board = new Board()
  proxy = await startChaosProxy({ target: { host: '127.0.0.1', port: await board.listen() } })
  client = connectGraphql<Data>({
    transport: nodeWebSocket(),
    url: `ws://${proxy.address}`,
    params: () => ({ token: board.token }),
    retry: RETRY_OFTEN,
    liveness: { intervalMs: 200, timeoutMs: 1_000 },
  })
  await client.connection.connect()
})

afterEach(async () => {
  await client.connection.close({ flushMs: 0 })
  await proxy.close()
  await board.close()
})

/** Reads in the background: what came, with `gap` in the place of what may be missing. */
function read(after?: (result: { data?: Data }) => object): (number | 'gap')[] {
  const seen: (number | 'gap')[] = []
  const query = 'subscription ($after: Int) { posts(after: $after) { seq text } }'
  const operation = after === undefined ? { query } : { query, variables: { after: 0 }, after }
  void (async () => {
    for await (const one of client.subscribe(operation)) {
      seen.push(one.type === 'gap' ? 'gap' : (one.message.data?.posts?.seq ?? Number.NaN))
    }
  })()
  return seen
}

it('the GraphQL client brings every result where the schema has positions, and else a gap in place of what is missing', async () => {
  const all = read(({ data }) => ({ after: data?.posts?.seq }))
  const some = read()
  // Both are begun: the first post of each has come.
  await expect.poll(() => board.post('begin') && some.length).toBeGreaterThan(0)
  const ticking = setInterval(() => board.post('news'), 20)
  await throughFaults(proxy, client.connection, () => board.post('fault'))
  clearInterval(ticking)
  // What was begun again gets what is posted from then on.
  await expect.poll(() => board.post('more') && some.at(-1)).not.toBe('gap')
  const last = board.post('end')
  await expect.poll(() => [all.at(-1), some.at(-1)]).toEqual([last, last])

  expect(all).toEqual(board.posts.map(({ seq }) => seq))
  expect(some.filter((one) => one === 'gap').length).toBeGreaterThanOrEqual(6)
  // Nothing is missing where no gap stands in its place, and nothing comes twice.
  some.forEach((one, at) => {
    const before = some[at - 1]
    if (typeof before === 'number' && typeof one === 'number') expect(one).toBe(before + 1)
  })
})

it('the GraphQL client settles every mutation, and carries queries over the drop', async () => {
  const outcomes: Promise<'done' | 'told'>[] = []
  const counts: Promise<number | undefined>[] = []
  let n = 0
  const burst = () => {
    for (let i = 0; i < 10; i += 1) {
      n += 1
      const mutation = { query: 'mutation ($text: String!) { post(text: $text) }', variables: { text: `m${n}` } }
      outcomes.push(
        client.ask(mutation).then(
          () => 'done',
          () => 'told',
        ),
      )
      counts.push(client.ask({ query: '{ count }' }, { onDrop: 'carry' }).then(({ data }) => data?.count))
    }
  }
  await throughFaults(proxy, client.connection, burst)
  burst()
  const settled = await Promise.all(outcomes)
  const done = settled.flatMap((outcome, at) => (outcome === 'done' ? [`m${at + 1}`] : []))
  const posted = board.posts.map(({ text }) => text)
  expect(posted.filter((text) => done.includes(text)).sort()).toEqual([...done].sort())
  expect(new Set(posted).size).toBe(posted.length)
  expect((await Promise.all(counts)).every((count) => typeof count === 'number')).toBe(true)
  expect(settled.slice(-10)).toEqual(Array(10).fill('done'))
})

it('the GraphQL client shows the next token at the next attempt, and waits where it is refused', async () => {
  board.token = 'second'
  proxy.cut()
  await expect.poll(() => client.connection.state).toBe('open')
  await client.connection.close({ flushMs: 0 })
  client = connectGraphql<Data>({ transport: nodeWebSocket(), url: `ws://${proxy.address}`, params: () => ({}) })
  await expect(client.connection.connect()).rejects.toMatchObject({ code: 'connection/credentials_refused' })
})

it('the GraphQL client ends a subscription that the server refuses with its reason', async () => {
  const [only] = [client.subscribe({ query: 'subscription { nothing }' })]
  await expect(only?.next()).rejects.toThrow('Cannot query field "nothing"')
})
