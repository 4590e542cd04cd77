import { join } from 'node:path'
import { expect, it } from 'vitest'
import { bundle } from './bundle.ts'

/** What a bundler builds for that makes a page for its users. */
const PAGE = ['browser', 'production']

/**
 * Largest sizes in bytes, minified and gzipped. `max`: as a page for users has it, told in codes. `withSentences`: in every other
 * build. A figure that is missed is told in bench/README.md with its reason. 80 bytes of core and as many of the browsers'
 * transport are sentences for people in place of what sockets say. 50 of core, 250 of the hub's client and 30 of the shell's are
 * methods in the place of functions that were made for each client: an idle one has half of its memory. That errors are told in
 * either form costs 90 bytes of core where they are sentences, and as many of the hub's and the shell's clients.
 * A credential that came too late is shown once more, which is 100 bytes of core.
 */
const BUDGETS = [
  {
    what: 'a client on Connection with its defaults',
    code: `import { Connection } from '@holdfast/core'; globalThis.x = Connection`,
    max: 20_210,
    withSentences: 22_460,
  },
  {
    what: 'the same with the browser transport',
    code: `import { Connection } from '@holdfast/core'
           import { browserWebSocket } from '@holdfast/transport-browser'
           globalThis.x = [Connection, browserWebSocket]`,
    // The promises of a channel are one piece for all transports, with what sockets need that can make a peer wait.
    max: 24_090,
    withSentences: 26_660,
  },
  {
    what: 'the same with event streams beside it',
    code: `import { Connection } from '@holdfast/core'
           import { browserWebSocket } from '@holdfast/transport-browser'
           import { eventStream } from '@holdfast/transport-sse'
           globalThis.x = [Connection, browserWebSocket, eventStream]`,
    // What was not read is not acknowledged (about 40 bytes).
    max: 27_110,
    withSentences: 29_620,
  },
  {
    // Its own options are looked at under their own names (about 110 bytes), also in a LinkWebSocket.
    what: 'a ReconnectingWebSocket with its engine and the browser transport',
    code: `import { ReconnectingWebSocket } from '@holdfast/websocket'; globalThis.x = ReconnectingWebSocket`,
    // What was not read is not acknowledged (about 40 bytes).
    max: 28_970,
    withSentences: 31_510,
  },
  {
    // No engine: one link, and the rule that watches it. What waits behind a blob leaves from one queue (about 190).
    what: 'a LinkWebSocket with the browser transport',
    code: `import { LinkWebSocket } from '@holdfast/websocket'; globalThis.x = LinkWebSocket`,
    max: 8_710,
    withSentences: 8_980,
  },
  {
    // What is spoken over the transport may be another wire (about 25 bytes).
    what: 'a ReconnectingEventSource with its engine and event streams',
    code: `import { ReconnectingEventSource } from '@holdfast/websocket'; globalThis.x = ReconnectingEventSource`,
    max: 27_050,
    withSentences: 29_290,
  },
  {
    what: 'everything that core exports',
    code: `import * as core from '@holdfast/core'; globalThis.x = core`,
    max: 28_200,
    withSentences: 28_700,
  },
  {
    // The rule for dials of one answer left the engine for it (150 bytes).
    what: 'the SSE transport with its parser',
    code: `import { eventStream } from '@holdfast/transport-sse'; globalThis.x = eventStream`,
    // 1.3 kB of it are the promises of a channel, which a bundle with another transport carries already.
    max: 5_610,
    withSentences: 5_610,
  },
  {
    // No parser of event streams, and what pages need in its place: 1.3 kB of it are the promises of a channel, too.
    what: 'the transport over pages of a stream',
    code: `import { durableStream } from '@holdfast/transport-sse/durable-stream'; globalThis.x = durableStream`,
    max: 5_740,
    withSentences: 5_740,
  },
  {
    what: 'event streams, and pages where those are kept back',
    code: `import { eventStream } from '@holdfast/transport-sse'
           import { durableStream } from '@holdfast/transport-sse/durable-stream'
           import { fallback } from '@holdfast/transport-sse/fallback'
           globalThis.x = [eventStream, durableStream, fallback]`,
    max: 9_020,
    withSentences: 9_020,
  },
  {
    // With the parser of event streams, and what every transport of WebSockets brings: the promises of a channel, the rule of pings.
    // A 413 is a message that is too large (about 40 bytes); a close says what a close frame can carry (about 30).
    what: 'a WebSocket over an event stream and posts, and over requests that wait',
    code: `import { eventStreamAndPosts, longPoll } from '@holdfast/transport-sse/over-http'
           globalThis.x = [eventStreamAndPosts, longPoll]`,
    max: 10_530,
    withSentences: 10_600,
  },
  {
    // Withdrawn questions: a handler's signal, and one table of what is with it (about 90 bytes). Another wire than its own, with
    // its position (45).
    what: 'the hub client with its schemas',
    code: `import { HubClient } from '@holdfast/hub'; globalThis.x = HubClient`,
    max: 34_910,
    withSentences: 37_460,
  },
  {
    // A picture of the terminal counts as had when all of it has come (about 60 bytes). A handshake can ask the app's functions (20).
    what: 'the shell client with its endpoint, framing and checks',
    code: `import { ShellSession } from '@holdfast/shell'; globalThis.x = ShellSession`,
    // What was not read is not acknowledged (about 40 bytes). Input of one turn leaves together, and text is decoded when it is
    // asked for, which needs to know where a character stands open (about 490).
    max: 34_830,
    withSentences: 37_500,
  },
  {
    // How many messages stand where is counted, and not looked for (about 60 bytes), and how many a client takes (110); their way to a client is a part of its own (100).
    what: 'the outbox of browsers',
    code: `import { openOutbox } from '@holdfast/outbox-indexeddb'; globalThis.x = openOutbox`,
    max: 4_840,
    withSentences: 4_840,
  },
] as const

it.each(BUDGETS)('the bundle of $what stays within $max bytes', async ({ code, max }) => {
  const { gzipBytes } = await bundle(code, 'neutral', import.meta.dirname, [], PAGE)
  expect(gzipBytes).toBeLessThanOrEqual(max)
})

it.each(BUDGETS)(
  'the bundle of $what stays within $withSentences bytes with its sentences',
  async ({ code, withSentences }) => {
    const { gzipBytes } = await bundle(code)
    expect(gzipBytes).toBeLessThanOrEqual(withSentences)
  },
)

// State for a new tab, what a client may look at of what tabs send, a second question, freezing, and a worker that hangs (630 bytes);
// positions of tabs, what waits for an answer, and messages for one tab (290); workers that are replaced (200): bench/README.md.
it('the bundle that shares a connection among tabs stays within 7,450 bytes, beside the engine and a transport', async () => {
  const engine = `import { Connection } from '@holdfast/core'
    import { browserWebSocket } from '@holdfast/transport-browser'
    globalThis.x = [Connection, browserWebSocket]`
  const shared = `${engine}\nimport { sharedByTabs } from '@holdfast/tabs'; globalThis.y = sharedByTabs`
  const [sharing, without] = await Promise.all([bundle(shared), bundle(engine)])
  expect(sharing.gzipBytes - without.gzipBytes).toBeLessThanOrEqual(7_450)
})

it('the hooks for React stay within 3,000 bytes, beside React and the engine', async () => {
  const code = `import * as hooks from '@holdfast/react'; globalThis.x = hooks`
  const { gzipBytes, external } = await bundle(code, 'neutral', import.meta.dirname, ['react'])
  expect([...new Set(external)]).toEqual(['react'])
  expect(gzipBytes).toBeLessThanOrEqual(3_000)
})

/** Sizes of the published client of the hub and of ours, both as bundled for this. */
async function clients(conditions: readonly string[]): Promise<{ readonly published: number; readonly ours: number }> {
  const folder = join(import.meta.dirname, '../interop-hub')
  const clientOf = async (from: string, name: string) =>
    (await bundle(`import { ${name} } from '${from}'; globalThis.x = ${name}`, 'neutral', folder, [], conditions))
      .gzipBytes
  const published = await clientOf('@agentuity/core/coder', 'CoderHubWebSocketClient')
  expect(published).toBeGreaterThan(100_000)
  return { published, ours: await clientOf('@holdfast/hub', 'HubClient') }
}

it('hub §9.15 the hub client of a page has at most a third of the size of the one that it replaces', async () => {
  const { published, ours } = await clients(PAGE)
  expect(ours).toBeLessThan(published / 3)
})

// An idle client with half of its memory costs 250 bytes, and the choice between sentences and codes 170: bench/README.md.
it('hub §9.15 the hub client with its sentences has at most 34 % of the size of the one that it replaces', async () => {
  const { published, ours } = await clients(['browser'])
  expect(ours).toBeLessThan(published * 0.34)
})

// Missed since the engine rides out proxies, wrong clocks and late readers: bench/README.md says what that costs.
it.fails('hub §9.15 the hub client is a quarter of the one that it replaces', async () => {
  const { published, ours } = await clients(PAGE)
  expect(ours).toBeLessThan(published / 4)
})

it('the bundle of a page that shares by a worker stays within 3,300 bytes, beside the engine and a transport', async () => {
  const engine = `import { Connection } from '@holdfast/core'
    import { browserWebSocket } from '@holdfast/transport-browser'
    globalThis.x = [Connection, browserWebSocket]`
  const shared = `${engine}\nimport { sharedByWorker } from '@holdfast/tabs/worker-page'; globalThis.y = sharedByWorker`
  const [sharing, without] = await Promise.all([bundle(shared), bundle(engine)])
  expect(sharing.gzipBytes - without.gzipBytes).toBeLessThanOrEqual(3_300)
})
