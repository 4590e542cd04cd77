import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { rest, until } from './peer-case.ts'

/** As much of an event source as both have. */
export interface AnySource {
  readonly readyState: number
  readonly url: string
  readonly withCredentials: boolean
  onopen: ((event: never) => unknown) | null
  onmessage: ((event: never) => unknown) | null
  onerror: ((event: never) => unknown) | null
  addEventListener(type: string, listener: unknown): void
  close(): void
}

type Make = (
  url: string,
  options: { readonly headers?: Record<string, string>; readonly withCredentials?: boolean },
) => AnySource
type Answer = (response: ServerResponse, request: IncomingMessage) => void

/** One behaviour of the package eventsource, in words of our own, and what ours does. */
export interface StreamCase {
  readonly name: string
  run(bench: StreamBench): Promise<unknown>
  readonly peers: unknown
  readonly ours?: { readonly gives: unknown; readonly why: string } | undefined
}

/** A server that gives the answers that are set, one after the other and the last one for ever; and the sources that ask it. */
export class StreamBench implements AsyncDisposable {
  readonly requests: IncomingMessage[] = []
  answers: readonly Answer[] = []
  url = ''
  readonly #make: Make
  readonly #sources: AnySource[] = []
  readonly #server: ReturnType<typeof createServer>

  private constructor(make: Make) {
    this.#make = make
    this.#server = createServer((request, response) => {
      this.requests.push(request)
      this.answers[Math.min(this.requests.length, this.answers.length) - 1]?.(response, request)
    })
  }

  static async start(make: Make): Promise<StreamBench> {
    const bench = new StreamBench(make)
    bench.#server.listen(0, '127.0.0.1')
    await once(bench.#server, 'listening')
    const address = bench.#server.address()
    bench.url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/events`
    return bench
  }

  source(options: Parameters<Make>[1] = {}): AnySource {
    const source = this.#make(this.url, options)
    this.#sources.push(source)
    return source
  }

  /** Gives these answers. The events of a source until there are `count`; `names`: events beside the usual. */
  async eventsOf(count: number, answers: readonly Answer[], names: readonly string[] = []): Promise<unknown[]> {
    this.answers = answers
    const source = this.source()
    const events: unknown[] = []
    const record = ({ type, data, lastEventId }: { type: string; data?: string; lastEventId?: string }): void => {
      events.push(data === undefined ? `${type} ${source.readyState}` : [type, data, lastEventId])
    }
    for (const name of ['open', 'message', 'error', ...names]) source.addEventListener(name, record)
    await until(() => events.length >= count)
    source.close()
    return events
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const source of this.#sources) source.close()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

const HEAD = { 'content-type': 'text/event-stream; charset=utf-8' }
const stream =
  (text: string, ends = false): Answer =>
  (response) => {
    response.writeHead(200, HEAD)
    response.write(`retry: 20\n\n${text}`)
    if (ends) response.end()
  }
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end()

/** A stream that says this once gives these events. */
const parses = (name: string, text: string, events: readonly unknown[], names: readonly string[] = []): StreamCase => ({
  name,
  run: (bench) => bench.eventsOf(events.length + 1, [stream(text)], names),
  peers: ['open 1', ...events],
})

/** What the package eventsource 4.1 does, as its own tests and the HTML standard have it. */
export const STREAM_CASES: readonly StreamCase[] = [
  parses('joins lines of data', 'data: a\ndata: b\n\n', [['message', 'a\nb', '']]),
  parses('takes lines that end in CR, LF or both', 'data: a\r\rdata: b\r\n\r\ndata: c\n\n', [
    ['message', 'a', ''],
    ['message', 'b', ''],
    ['message', 'c', ''],
  ]),
  parses('passes over comments and unknown fields', ': hello\nfoo: bar\ndata: a\n\n', [['message', 'a', '']]),
  parses('takes one space off a value, and fields without a colon', 'data:  a\ndata\n\n', [['message', ' a\n', '']]),
  parses(
    'dispatches named events, and only to their listeners',
    'event: other\ndata: x\n\nevent: mine\ndata: y\n\n',
    [['mine', 'y', '']],
    ['mine'],
  ),
  {
    name: 'the lastEventId of an event without one, behind `id: 1`',
    run: async (bench) => (await bench.eventsOf(3, [stream('id: 1\ndata: a\n\ndata: b\n\n')]))[2],
    peers: ['message', 'b', ''],
    ours: { gives: ['message', 'b', '1'], why: 'as the standard says: an id stays in force (HTML §9.2.6)' },
  },
  parses('an id that is empty takes it back', 'id: 1\ndata: a\n\nid\ndata: b\n\n', [
    ['message', 'a', '1'],
    ['message', 'b', ''],
  ]),
  parses('dispatches an event whose data is empty', 'data\n\ndata: a\n\n', [
    ['message', '', ''],
    ['message', 'a', ''],
  ]),
  parses('takes UTF-8', 'data: ä€𝄞\n\n', [['message', 'ä€𝄞', '']]),
  {
    name: 'comes back when a stream ends, with the last id',
    run: async (bench) => {
      await bench.eventsOf(5, [stream('id: 7\ndata: a\n\n', true), stream('data: b\n\n')])
      return bench.requests[1]?.headers['last-event-id']
    },
    peers: '7',
  },
  {
    name: 'an event that the end of a stream tears is none',
    run: (bench) => bench.eventsOf(4, [stream('data: torn\n', true), stream('data: whole\n\n')]),
    peers: ['open 1', 'error 0', 'open 1', ['message', 'whole', '']],
  },
  {
    name: 'asks for an event stream, uncached',
    run: async (bench) => {
      await bench.eventsOf(1, [stream('')])
      return bench.requests[0]?.headers.accept
    },
    peers: 'text/event-stream',
  },
  {
    name: 'sends headers of its own',
    run: async (bench) => {
      bench.answers = [stream('')]
      bench.source({ headers: { 'x-mine': 'yes' } })
      await until(() => bench.requests.length > 0)
      return bench.requests[0]?.headers['x-mine']
    },
    peers: 'yes',
  },
  {
    name: 'follows a redirect',
    run: (bench) => bench.eventsOf(2, [status(307, { location: '/elsewhere' }), stream('data: there\n\n')]),
    peers: ['open 1', ['message', 'there', '']],
  },
  ...[404, 401].map(
    (code): StreamCase => ({
      name: `requests before it gives up at ${code}`,
      run: async (bench) => {
        bench.answers = [status(code)]
        const source = bench.source()
        await until(() => source.readyState === 2)
        return bench.requests.length
      },
      peers: 1,
      ...(code === 401
        ? { ours: { gives: 2, why: 'headers are asked for anew once, as a token may have run out' } }
        : {}),
    }),
  ),
  {
    name: 'gives up at what is no event stream',
    run: (bench) => bench.eventsOf(1, [status(200, { 'content-type': 'text/html' })]),
    peers: ['error 2'],
  },
  {
    name: 'a 204',
    run: (bench) => bench.eventsOf(1, [status(204)], ['complete']),
    peers: ['error 2'],
    ours: { gives: ['complete 2'], why: 'it is how a server says that all has come' },
  },
  {
    name: 'a 503',
    run: (bench) => bench.eventsOf(1, [status(503), stream('data: back\n\n')]),
    peers: ['error 2'],
    ours: { gives: ['error 0'], why: 'a server that restarts says so: it is asked again' },
  },
  {
    name: 'dispatches nothing after close()',
    run: async (bench) => {
      bench.answers = [stream('data: a\n\n', true)]
      const source = bench.source()
      let count = 0
      source.onmessage = () => {
        count += 1
        source.close()
      }
      source.onerror = () => {
        count += 1
      }
      await until(() => count > 0)
      await rest(500)
      return [count, source.readyState, bench.requests.length]
    },
    peers: [1, 2, 1],
  },
  {
    name: 'what it says of itself',
    run: async (bench) => {
      bench.answers = [stream('')]
      const { url, withCredentials, readyState } = bench.source({ withCredentials: true })
      return [url === bench.url, withCredentials, readyState]
    },
    peers: [true, true, 0],
  },
]
