import type { Clock, WebSocketChannel, WebSocketFrame } from '@holdfast/core'
import { abortReason, CHANNEL_DEFAULTS, type DefinedChannel, defineChannel } from '@holdfast/core/contract'
import type { PortLike } from '../port.ts'
import { join } from '../wire.ts'

/** The first frame on a port, and behind it the id of the host. */
export const READY = 'ready '

/** Nothing of a port is lost or overtakes; what a tab does not read is not acknowledged, and then not sent. */
export const PORT_TRAITS: WebSocketChannel['traits'] = { binary: true, ping: false, pause: true, requestHeaders: true }

/** A port that a host has taken. */
export interface ReadyPort {
  readonly port: PortLike
  readonly host: string
}

/** Resolves when a host has taken the port; aborted before that, the port is closed. */
export function readyPort(port: PortLike, signal: AbortSignal): Promise<ReadyPort> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      port.close()
      reject(abortReason(signal))
    }
    if (signal.aborted) return aborted()
    signal.addEventListener('abort', aborted)
    port.onmessage = ({ data }) => {
      signal.removeEventListener('abort', aborted)
      resolve({ port, host: String(data).slice(READY.length) })
    }
  })
}

/** A link to a host, as a transport shows it. */
export function portChannel(
  port: PortLike,
  clock: Clock,
  events: { readonly sent: () => void; readonly received: () => void; readonly freed: () => void },
): DefinedChannel<WebSocketFrame, WebSocketFrame> {
  const channel = defineChannel<WebSocketFrame, WebSocketFrame>(
    {
      traits: PORT_TRAITS,
      opening: { protocol: '' },
      send: (frame) => {
        port.postMessage(frame)
        events.sent()
      },
      free: () => {
        port.postMessage(join({ t: 'bye' }))
        port.close()
        events.freed()
      },
      sink: (given) => given,
    },
    { ...CHANNEL_DEFAULTS, clock },
  )
  port.onmessage = ({ data }) => {
    events.received()
    channel.frame(data as WebSocketFrame)
  }
  return channel
}
