import { assertWebSocketTarget, OpenError, protocolNotSelected, type Target } from '@holdfast/contract'
import { type CarriedItem, type CarriedOpening, OVER_HTTP } from '@holdfast/contract/over-http'

/** One dial, as requests make it. */
export interface CarriedDial {
  /** With `http:` or `https:`. */
  readonly url: string
  /** Of every request, in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Of the one that opens. */
  readonly opening: Readonly<Record<string, string>>
  readonly offered: readonly string[]
}

declare const location: { readonly href: string } | undefined

/** @throws `channel/invalid_url`, `channel/invalid_protocols` */
export function carriedDial(target: Target, how: 'events' | 'poll'): CarriedDial {
  assertWebSocketTarget(target, typeof location === 'undefined' ? undefined : location.href)
  const { protocols = [], headers: given = {} } = target
  const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]))
  const offered = protocols.length === 0 ? {} : { [OVER_HTTP.protocols]: protocols.join(', ') }
  return {
    url: target.url.replace(/^ws/i, 'http'),
    headers,
    opening: { ...headers, ...offered, [OVER_HTTP.channel]: OVER_HTTP[how] },
    offered: protocols,
  }
}

/** What the first item says. @throws `channel/open_failed`, `channel/protocol_not_selected` */
export function openedBy(item: CarriedItem | undefined, { offered }: CarriedDial): CarriedOpening {
  if (item?.kind !== 'opened') throw new OpenError('The server answered, and carries no WebSockets over HTTP.')
  const { protocol } = item.opening
  const isRight = offered.length === 0 ? protocol === '' : protocol === '' || offered.includes(protocol)
  if (!isRight) throw protocolNotSelected(offered, protocol)
  return item.opening
}
