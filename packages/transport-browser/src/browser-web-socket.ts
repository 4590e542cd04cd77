import {
  abortReason,
  assertWebSocketTarget,
  doubtAfterSleep,
  OpenError,
  protocolNotSelected,
  type Target,
  type Transport,
  throwIfAborted,
  type WebSocketChannel,
} from '@holdfast/contract'
import { messageOf, SENTENCES } from '@holdfast/contract/words'
import { BROWSER_TRAITS, browserChannel } from './channel.ts'
import { classifyDials } from './classify-dials.ts'
import { errorOf } from './errors.ts'
import { openError } from './open-error.ts'
import { type BrowserWebSocketOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import { detach, type WebSocketConstructor, type WebSocketLike } from './web-socket-like.ts'

declare const WebSocket: WebSocketConstructor | undefined
declare const location: { readonly href: string } | undefined

/**
 * WebSockets of the runtime itself: browsers, workers, Bun, Deno, workerd. On Node.js take `nodeWebSocket()` of
 * `@holdfast/transport-node`, which sees and can do more.
 *
 * A dial rejects with `channel/open_failed` and the status that Bun, Deno and workerd report. Browsers and Node.js hide it:
 * there every second one in a row adds what a probe found out (see `classify`). With a more precise code where the target,
 * the server's choice of a subprotocol, a redirect or a certificate is to blame and the runtime says so; with
 * `channel/unsupported` where the target has headers or the runtime no WebSocket.
 * @throws `channel/invalid_option`
 */
export function browserWebSocket(options: BrowserWebSocketOptions = {}): Transport {
  const resolved = resolveOptions(options)
  const transport: Transport = {
    name: 'browser-web-socket',
    traits: BROWSER_TRAITS,
    liveness: doubtAfterSleep(),
    open: (target, { signal }) => dial(target, signal, resolved),
  }
  const { classify } = options
  return classify === false ? transport : classifyDials(transport, { clock: resolved.clock, ...classify })
}

/** One attempt. It ends once: with a channel, or with an error and nothing left open. */
async function dial(target: Target, signal: AbortSignal, options: ResolvedOptions): Promise<WebSocketChannel> {
  throwIfAborted(signal)
  assertWebSocketTarget(target, typeof location === 'undefined' ? undefined : location.href)
  const webSocket = construct(target, options.WebSocket)
  webSocket.binaryType = 'arraybuffer'
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      signal.removeEventListener('abort', aborted)
      detach(webSocket)
    }
    const fail = (error: unknown): void => {
      settle()
      webSocket.close()
      reject(error)
    }
    const aborted = (): void => fail(abortReason(signal))
    const failed = (event: object): void => fail(openError(target, event))
    signal.addEventListener('abort', aborted)
    webSocket.onerror = webSocket.onclose = failed
    webSocket.onopen = () => {
      const { protocols = [] } = target
      // Deno and workerd open all the same.
      const selected = webSocket.protocol ?? ''
      if (protocols.length > 0 && !protocols.includes(selected)) return fail(protocolNotSelected(protocols, selected))
      settle()
      resolve(browserChannel(webSocket, options))
    }
  })
}

function construct({ url, headers, protocols }: Target, given: WebSocketConstructor | undefined): WebSocketLike {
  if (Object.keys(headers ?? {}).length > 0) {
    throw errorOf(
      'channel/unsupported',
      SENTENCES && 'No request headers here: carry credentials in the first frame, a subprotocol or the query.',
    )
  }
  const Socket = given ?? (typeof WebSocket === 'undefined' ? undefined : WebSocket)
  if (Socket === undefined) {
    throw errorOf('channel/unsupported', SENTENCES && 'No global WebSocket here: give one, or use transport-node.')
  }
  try {
    return new Socket(url, [...(protocols ?? [])])
  } catch (error) {
    // Runtimes repeat the URL in their message, and where it is malformed it cannot be redacted. What is left to refuse
    // is a URL: its scheme, or an unsafe one that a safe page may not dial.
    const name = error instanceof Error ? error.name : typeof error
    const text = SENTENCES
      ? `A WebSocket does not take this URL here (${name}): a page over https: may dial wss: only.`
      : messageOf('channel/invalid_url', name)
    throw new OpenError(text, { unsent: true }, undefined, 'channel/invalid_url')
  }
}
