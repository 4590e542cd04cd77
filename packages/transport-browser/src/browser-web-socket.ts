import {
  abortReason,
  OpenError,
  type Target,
  type Transport,
  throwIfAborted,
  type WebSocketChannel,
} from '@holdfast/contract'
import { BROWSER_TRAITS, BrowserChannel } from './channel.ts'
import { errorOf } from './errors.ts'
import { type BrowserWebSocketOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import { causeOf, detach, type WebSocketConstructor, type WebSocketLike } from './web-socket-like.ts'

declare const WebSocket: WebSocketConstructor | undefined

/**
 * WebSockets of the runtime itself: browsers, workers, Bun, Deno, workerd, Node.js 22 and newer.
 *
 * A dial rejects with `channel/open_failed` (the runtime hides the status: see `classifyDials()`), or with
 * `channel/unsupported` where the target has headers or the runtime no WebSocket.
 * @throws `channel/invalid_option`
 */
export function browserWebSocket(options: BrowserWebSocketOptions = {}): Transport {
  const resolved = resolveOptions(options)
  return {
    name: 'browser-web-socket',
    traits: BROWSER_TRAITS,
    open: (target, { signal }) => dial(target, signal, resolved),
  }
}

/** One attempt. It ends once: with a channel, or with an error and nothing left open. */
async function dial(target: Target, signal: AbortSignal, options: ResolvedOptions): Promise<WebSocketChannel> {
  throwIfAborted(signal)
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
    const failed = (event: object): void => fail(openError(target.url, causeOf(event)))
    signal.addEventListener('abort', aborted)
    webSocket.onerror = webSocket.onclose = failed
    webSocket.onopen = () => {
      settle()
      resolve(new BrowserChannel(webSocket, options))
    }
  })
}

function construct({ url, headers, protocols }: Target, given: WebSocketConstructor | undefined): WebSocketLike {
  if (Object.keys(headers ?? {}).length > 0) {
    throw errorOf(
      'channel/unsupported',
      'No request headers here: carry credentials in the first frame, a subprotocol or the query.',
    )
  }
  const Socket = given ?? (typeof WebSocket === 'undefined' ? undefined : WebSocket)
  if (Socket === undefined) {
    throw errorOf('channel/unsupported', 'No global WebSocket here: give one, or use transport-node.')
  }
  try {
    return new Socket(url, [...(protocols ?? [])])
  } catch (error) {
    // Runtimes repeat the URL in their message, and where it is malformed it cannot be redacted.
    throw new OpenError(`A WebSocket does not take this URL or these subprotocols (${nameOf(error)}).`)
  }
}

/** Names the host alone: the rest of a URL may carry secrets. */
function openError(url: string, cause: unknown): OpenError {
  const host = /\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(url)?.[1]
  return new OpenError(`Could not open a WebSocket to ${host}.`, {}, cause)
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}
