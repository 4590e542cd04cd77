import { type HubGap, HubObserver } from '@holdfast/hub'
import {
  type HubConversationEntry,
  type HubServerMessage,
  type HubSseMessage,
  type HubStamp,
  parseHubPosition,
  readHubStamp,
} from '@holdfast/protocol/hub'
import { eventStream } from '@holdfast/transport-sse'
import { AwayNotice } from './away-notice.ts'
import { endpointOf } from './endpoint.ts'
import { connectSession, type HubCommandOptions, sessionClient } from './hub-session.ts'
import { EventAccount } from './outage/event-account.ts'
import type { Output } from './output.ts'
import { placeOf } from './status-place.ts'

/** Options of a feed. */
export interface FeedOptions extends HubCommandOptions {
  readonly subscribe?: readonly string[] | undefined
}

/** A session as it happens, whatever carries it. */
export interface Feed {
  /** @throws UserError where the gateway refuses, cannot be reached, or Ctrl+C came first */
  connect(signal: AbortSignal): Promise<void>
  readonly messages: AsyncIterable<HubServerMessage | HubGap>
  /** Entries of the conversation that have not been shown yet: once, before the message at hand. */
  earlier(): readonly HubConversationEntry[]
  /** Ends the messages. */
  close(): void
}

/** Over a WebSocket. */
export function socketFeed(sessionId: string, options: FeedOptions, err: Output): Feed {
  const entries = new Earlier()
  const { subscribe } = options
  const client = sessionClient(options, { role: 'observer', sessionId, subscribe, onHydration: entries.add }, err)
  // Before the first message, so that none is missed.
  const messages = client.messages()
  const close = (): void => {
    void messages.return()
    void client.close({ flushMs: 0 })
  }
  return {
    connect: (signal) => connectSession(client, options, signal, close),
    messages,
    earlier: entries.take,
    close,
  }
}

/** Over server-sent events. */
export function eventFeed(sessionId: string, options: FeedOptions, err: Output): Feed {
  const entries = new Earlier()
  const { url, token } = endpointOf(options)
  const account = new EventAccount(() => observer.connection.unread)
  const away = new AwayNotice(err, url, () => observer.explain(), account)
  const observer = new HubObserver({
    transport: account.watch(eventStream()),
    url,
    token,
    sessionId,
    subscribe: options.subscribe,
    onHydration: entries.add,
    onStatus: ({ status, cause }) => away.changed(placeOf(status), cause),
  })
  observer.on('gap', (gap) => account.gap(gap))
  let lastId = ''
  observer.on('message', ({ data, id }) => {
    // An id stays in force for events without one.
    const stamp = readHubStamp(data) ?? (id === lastId ? undefined : stampOf(id))
    lastId = id
    account.take(stamp, data.type === 'hydration' || data.type === 'snapshot')
  })
  const events = observer.messages()
  const close = (): void => {
    void events.return()
    void observer.close()
  }
  return {
    connect: (signal) => connectSession(observer, options, signal, close),
    messages: dataOf(events),
    earlier: entries.take,
    close,
  }
}

/** An id names its event alone: what was sent before it is not known. */
function stampOf(id: string): HubStamp | undefined {
  const position = parseHubPosition(id)
  return position === undefined ? undefined : { seq: position.seq }
}

async function* dataOf(
  events: AsyncIterable<{ readonly data: HubSseMessage } | HubGap>,
): AsyncGenerator<HubServerMessage | HubGap> {
  for await (const event of events) yield 'data' in event ? { ...event.data } : event
}

class Earlier {
  #entries: readonly HubConversationEntry[] = []

  readonly add = ({ fresh }: { readonly fresh: readonly HubConversationEntry[] }): void => {
    this.#entries = fresh
  }

  readonly take = (): readonly HubConversationEntry[] => {
    const entries = this.#entries
    this.#entries = []
    return entries
  }
}
