import type { HubInitMessage, HubServerMessage } from '@holdfast/protocol/hub'
import type { HubOutgoing } from '../handshake.ts'
import type { HubOptions } from '../options.ts'
import { TabFilter } from './filter.ts'
import { AskedQuestions } from './questions.ts'
import { type HubTabsLink, positionText } from './shared.ts'

/** What a `HubClient` of a tab is made of: `new HubClient({ ...hubOverTabs(sharedByTabs(…)), onMessage })`. For one client. */
export type HubOverTabs = Required<Pick<HubOptions, 'transport' | 'wire' | 'url' | 'retry'>>

/**
 * A `HubClient` over a connection that tabs share, whose `connect` is `hubForTabs()`. It has its own listeners, requests, queue and
 * `subscribe`, and its `position`: that of what its own app has processed. Given as `after` to a client of a later page, it goes on from
 * there, in this tab or another; without it a tab that opens begins with the conversation of then.
 */
export function hubOverTabs(shared: HubTabsLink<HubServerMessage, HubOutgoing>): HubOverTabs {
  const { transport, protocol, target, retry } = shared
  const filter = new TabFilter()
  const asked = new AskedQuestions()
  const wire: HubOverTabs['wire'] = {
    ...protocol,
    codec: {
      decode: (frame) => protocol.codec.decode(frame),
      encode(message) {
        if (message.type === 'subscribe' && Array.isArray(message.patterns)) filter.set(message.patterns)
        if (message.type === 'rpc_ui_response') asked.over(message.id)
        return protocol.codec.encode(message)
      },
    },
    async handshake(link) {
      const { about, ...ready } = (await protocol.handshake?.(link)) ?? {}
      if (ready.resumed !== true) asked.clear()
      link.send({ type: 'subscribe', patterns: filter.patterns })
      const init = isInit(about) ? about : undefined
      return { ...ready, init, offer: init?.holdfast }
    },
    receive: (message, context) =>
      filter.let(protocol.receive?.(message, context) ?? false, message, asked.isKnown(message)),
    position: () => positionText(protocol),
  }
  return { transport: filter.watching(transport, protocol.startAfter), wire, retry, url: target }
}

/** As the host's client read it. */
function isInit(about: unknown): about is HubInitMessage {
  return Object(about).type === 'init'
}
