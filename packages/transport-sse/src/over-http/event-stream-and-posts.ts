import {
  abortReason,
  type EventStreamChannel,
  OpenError,
  type SseEvent,
  type Target,
  type Transport,
  throwIfAborted,
  transportPing,
  type WebSocketChannel,
} from '@holdfast/contract'
import { type CarriedItem, carriedItem, OVER_HTTP } from '@holdfast/contract/over-http'
import { errorOf } from '../errors.ts'
import { eventStream } from '../event-stream.ts'
import { CarriedSocket, OVER_HTTP_TRAITS } from './carried-socket.ts'
import { type CarriedDial, carriedDial, openedBy } from './opening.ts'
import { type OverHttpOptions, type ResolvedOptions, resolveOptions } from './options.ts'

/**
 * A WebSocket's messages, close codes, pings and refusals over plain HTTP: an event stream one way, posts the other. For what lets no
 * WebSocket through; the server needs `overHttp()` of `@holdfast/gate`, which a gateway has. It takes the targets of WebSockets.
 *
 * Any request that fails ends the channel as lost: what it brought may have arrived. Resuming is the engine's work.
 * @throws `channel/invalid_option`
 */
export function eventStreamAndPosts(options: OverHttpOptions = {}): Transport {
  const resolved = resolveOptions(options)
  return {
    name: 'event-stream+post',
    traits: OVER_HTTP_TRAITS,
    liveness: transportPing(),
    open: (target, { signal }) => open(target, signal, resolved),
  }
}

async function open(target: Target, signal: AbortSignal, options: ResolvedOptions): Promise<WebSocketChannel> {
  throwIfAborted(signal)
  const dial = carriedDial(target, OVER_HTTP.events)
  const { fetch, stallTimeoutMs, maxMessageChars, bounds } = options
  // As WebSockets do not follow either: the place that answers has the channel.
  const init = { redirect: 'manual' }
  const stream = eventStream({ fetch, stallTimeoutMs, init, maxEventChars: maxMessageChars, clock: bounds.clock })
  const events = await stream.open({ url: dial.url, headers: dial.opening }, { signal })
  return begun(events, signal, dial, options)
}

/** Resolves once the stream has said that it is open. */
function begun(
  events: EventStreamChannel,
  signal: AbortSignal,
  dial: CarriedDial,
  { fetch, bounds }: ResolvedOptions,
): Promise<WebSocketChannel> {
  return new Promise((resolve, reject) => {
    let socket: CarriedSocket | undefined
    const fail = (error: unknown): void => {
      events.terminate()
      reject(error)
    }
    const aborted = (): void => fail(abortReason(signal))
    signal.addEventListener('abort', aborted, { once: true })
    const settled = (): void => signal.removeEventListener('abort', aborted)
    const first = (item: CarriedItem | undefined): void => {
      settled()
      events.pause()
      try {
        const { channel, protocol, headers } = openedBy(item, dial)
        const upstream = {
          read: (isWanted: boolean) => (isWanted ? events.resume() : events.pause()),
          stop: () => events.terminate(),
        }
        const named = { ...dial.headers, [OVER_HTTP.channel]: channel }
        socket = new CarriedSocket({
          upstream,
          opening: { protocol, headers },
          bounds,
          url: dial.url,
          headers: named,
          fetch,
        })
        resolve(socket.channel)
      } catch (error) {
        fail(error)
      }
    }
    events.start({
      frame: (event) => {
        const item = itemOf(event)
        if (socket === undefined) first(item)
        else if (item !== undefined) socket.deliver(item)
        else socket.lost(errorOf('channel/peer_violation'))
      },
      closed: ({ cause }) => {
        settled()
        socket?.lost(cause ?? errorOf('channel/connection_lost'))
        reject(new OpenError('The stream ended before it said anything.', {}, cause))
      },
    })
  })
}

function itemOf({ data }: SseEvent): CarriedItem | undefined {
  try {
    return carriedItem(JSON.parse(data))
  } catch {
    return undefined
  }
}
