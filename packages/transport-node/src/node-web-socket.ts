import type { IncomingMessage } from 'node:http'
import type { Clock, Target, Transport, WebSocketChannel } from '@holdfast/contract'
import { OpenError, redactUrl, systemClock } from '@holdfast/contract'
import { WebSocket } from 'ws'
import { NODE_TRAITS, NodeChannel } from './channel.ts'
import { codeOf } from './open-error.ts'

export interface NodeWebSocketOptions {
  readonly maxPayloadBytes?: number | undefined
  readonly closeTimeoutMs?: number | undefined
  readonly clock?: Clock | undefined
}

export function nodeWebSocket(options: NodeWebSocketOptions = {}): Transport {
  return { name: 'node-web-socket', traits: NODE_TRAITS, open: (target, { signal }) => dial(target, signal, options) }
}

function dial(target: Target, signal: AbortSignal, options: NodeWebSocketOptions): Promise<WebSocketChannel> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const webSocket = new WebSocket(target.url, [...(target.protocols ?? [])], {
      headers: { ...target.headers },
      maxPayload: options.maxPayloadBytes ?? 16_777_216,
      perMessageDeflate: false,
    })
    let response: IncomingMessage | undefined
    const fail = (error: unknown): void => {
      signal.removeEventListener('abort', abort)
      reject(error)
      webSocket.terminate()
    }
    const abort = (): void => fail(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    webSocket.on('error', (error) => {
      fail(new OpenError(`Could not open ${redactUrl(target.url)}.`, { syscallCode: codeOf(error) }, error))
    })
    webSocket.on('unexpected-response', (_request, answer) => {
      fail(new OpenError(`${redactUrl(target.url)} refused the upgrade.`, { status: answer.statusCode }))
    })
    webSocket.on('upgrade', (answer) => {
      response = answer
    })
    webSocket.on('open', () => {
      signal.removeEventListener('abort', abort)
      if (response === undefined) return fail(new OpenError('No answer to the upgrade was seen.'))
      webSocket.removeAllListeners()
      resolve(
        new NodeChannel({
          webSocket,
          socket: response.socket,
          opening: { protocol: webSocket.protocol },
          clock: options.clock ?? systemClock,
          closeTimeoutMs: options.closeTimeoutMs ?? 1000,
        }),
      )
    })
  })
}
