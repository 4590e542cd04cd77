import type { HubInitMessage, HubServerMessage } from '@holdfast/protocol/hub'
import type { HubOutgoing } from '../handshake.ts'
import type { HubOptions } from '../options.ts'
import { TabFilter } from './filter.ts'
import type { HubTabsLink } from './shared.ts'

/** What a `HubClient` of a tab is made of: `new HubClient({ ...hubOverTabs(sharedByTabs(…)), onMessage })`. For one client. */
export type HubOverTabs = Required<Pick<HubOptions, 'transport' | 'wire' | 'url' | 'retry'>>

/**
 * A `HubClient` over a connection that tabs share, whose `connect` is `hubForTabs()`. It has its own listeners, requests, queue and
 * `subscribe`. `position` is undefined: a tab that opens begins with the conversation of then.
 */
export function hubOverTabs(shared: HubTabsLink<HubServerMessage, HubOutgoing>): HubOverTabs {
  const { transport, protocol, target, retry } = shared
  const filter = new TabFilter()
  const wire: HubOverTabs['wire'] = {
    ...protocol,
    codec: {
      decode: (frame) => protocol.codec.decode(frame),
      encode(message) {
        if (message.type === 'subscribe' && Array.isArray(message.patterns)) filter.set(message.patterns)
        return protocol.codec.encode(message)
      },
    },
    async handshake(link) {
      const { about, ...ready } = (await protocol.handshake?.(link)) ?? {}
      link.send({ type: 'subscribe', patterns: filter.patterns })
      const init = isInit(about) ? about : undefined
      return { ...ready, init, offer: init?.holdfast }
    },
    receive: (message, context) => filter.let(protocol.receive?.(message, context) ?? false, message),
  }
  return { transport: filter.watching(transport), wire, retry, url: target }
}

/** As the host's client read it. */
function isInit(about: unknown): about is HubInitMessage {
  return Object(about).type === 'init'
}
