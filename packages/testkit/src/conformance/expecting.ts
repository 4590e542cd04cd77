import type { WebSocketChannel } from '@holdfast/contract'
import type { ConformanceServer, ServerLink } from './transport-fixture.ts'

/** What each promise of the suite stands for. */
const sentences = /* @__PURE__ */ new WeakMap<Promise<unknown>, () => string>()

/** Remembers what is said when the promise does not settle in time: what was expected, and what came. */
export function expecting<T>(promise: Promise<T>, sentence: () => string): Promise<T> {
  sentences.set(promise, sentence)
  return promise
}

export function sentenceOf(promise: Promise<unknown>): string {
  return sentences.get(promise)?.() ?? 'expected a promise of the transport to settle; it did not'
}

/** The server of a fixture, whose waits say what they are for. */
export function expectingServer(server: ConformanceServer): ConformanceServer {
  return {
    plan: (plan) => server.plan(plan),
    dialed: () => expecting(server.dialed(), () => 'expected open() to reach the server; no dial has arrived there'),
    link: () =>
      expecting(
        server.link().then(expectingLink),
        () => 'expected open() to make a connection; the server has accepted none',
      ),
    idle: () =>
      expecting(
        server.idle(),
        () => 'expected that no connection is left; the server still has one, so something was not freed',
      ),
  }
}

function expectingLink(link: ServerLink): ServerLink {
  const { sendFragments } = link
  const described: ServerLink = {
    requestHeaders: link.requestHeaders,
    send: (frame) => link.send(frame),
    received: (count) =>
      expecting(link.received(count), () => `expected ${count} frames of send() to arrive at the server; fewer came`),
    bufferedBytes: () => link.bufferedBytes(),
    close: (code, reason) => link.close(code, reason),
    drop: () => link.drop(),
    stall: () => link.stall(),
    unstall: () => link.unstall(),
    ended: () =>
      expecting(link.ended(), () => 'expected the server to see the end of the connection; it is still open there'),
  }
  return sendFragments === undefined
    ? described
    : { ...described, sendFragments: (parts) => link.sendFragments?.(parts) }
}

/** `drained()` of a channel, whose wait says what it is for. */
export function drained(channel: WebSocketChannel, signal?: AbortSignal): Promise<void> {
  return expecting(
    channel.drained(signal),
    () => `expected drained() to settle; bufferedBytes is ${channel.bufferedBytes}`,
  )
}
