import { EventSource } from 'eventsource'
import PartySocket from 'partysocket/ws'
import PublishedSocket from 'reconnecting-websocket'
import { describe, expect, it } from 'vitest'
import { ReconnectingEventSource, ReconnectingWebSocket } from '../../src/node/index.ts'
import { type AnySocket, PeerBench, type PeerCase } from './peer-case.ts'
import { SOCKET_CASES } from './socket-cases.ts'
import { type AnySource, STREAM_CASES, StreamBench, type StreamCase } from './stream-cases.ts'

/** The published packages too: that they do what is said of them. */
const isLong = process.env['HOLDFAST_LONG'] === '1'

/** In CommonJS the class is all that there is. */
const classOf = (module: unknown) => Object(Reflect.get(Object(module), 'default') ?? module)
const maker =
  (Socket: unknown) =>
  (...given: unknown[]): AnySocket =>
    Reflect.construct(classOf(Socket), given)

async function socketDoes(Socket: unknown, { run }: PeerCase): Promise<unknown> {
  await using bench = await PeerBench.start(maker(Socket))
  return await run(bench)
}

async function streamDoes(make: Parameters<typeof StreamBench.start>[0], { run }: StreamCase): Promise<unknown> {
  await using bench = await StreamBench.start(make)
  return await run(bench)
}

const wanted = ({ peers, ours }: PeerCase | StreamCase): unknown => (ours === undefined ? peers : ours.gives)

describe.concurrent('a ReconnectingWebSocket, beside partysocket and reconnecting-websocket', () => {
  it.each(SOCKET_CASES)('$name', async (one) => {
    expect(await socketDoes(ReconnectingWebSocket, one)).toEqual(wanted(one))
  })
})

const ours = (...given: ConstructorParameters<typeof ReconnectingEventSource>): AnySource =>
  Reflect.construct(ReconnectingEventSource, given)

describe.concurrent('a ReconnectingEventSource, beside the package eventsource', () => {
  it.each(STREAM_CASES)('$name', async (one) => {
    expect(await streamDoes(ours, one)).toEqual(wanted(one))
  })
})

describe.runIf(isLong).concurrent('the published packages do what is said of them', () => {
  it.each(SOCKET_CASES)('partysocket: $name', async (one) => {
    expect(await socketDoes(PartySocket, one)).toEqual(one.peers)
  })

  it.each(SOCKET_CASES.filter(({ only }) => only === undefined))('reconnecting-websocket: $name', async (one) => {
    expect(await socketDoes(PublishedSocket, one)).toEqual(one.peers)
  })

  it.each(STREAM_CASES)('eventsource: $name', async (one) => {
    const published: Parameters<typeof StreamBench.start>[0] = (url, { headers, withCredentials }) =>
      new EventSource(url, {
        withCredentials: withCredentials ?? false,
        fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...headers } }),
      })
    expect(await streamDoes(published, one)).toEqual(one.peers)
  })
})

it('the page of what differs has every case', async () => {
  const rows = [...SOCKET_CASES, ...STREAM_CASES].flatMap(({ name, peers, ours: own }) =>
    own === undefined ? [] : [`| ${name} | ${shown(peers)} | ${shown(own.gives)} | ${own.why} |`],
  )
  const same = SOCKET_CASES.length + STREAM_CASES.length - rows.length
  const page = [
    '# What differs from the published packages',
    '',
    'The behaviours of reconnecting-websocket 4.4, partysocket 1.3 and eventsource 4.1, taken from their tests and documents and written down anew',
    '(`test/peers`), run against those packages and against ours (`pnpm test:peers`). Made from these cases:',
    '',
    `${same} are the same. The others:`,
    '',
    '| what | there | ours | why |',
    '|---|---|---|---|',
    ...rows,
    '',
  ]
  await expect(page.join('\n')).toMatchFileSnapshot('../../PEERS.md')
})

/** Short enough for a cell of a table. */
const shown = (value: unknown): string => `\`${JSON.stringify(value) ?? 'undefined'}\``
