import { assertWebSocketTarget, HoldfastError, type Target } from '@holdfast/core/contract'

declare const location: { readonly href: string } | undefined

/** Where to dial: text, a `URL`, or a function that is asked before every dial. */
export type UrlProvider = string | URL | (() => string | URL | Promise<string | URL>)

/** Subprotocols to offer, or a function that is asked before every dial. Null and undefined: none. */
export type ProtocolsProvider = ProtocolNames | (() => ProtocolNames | Promise<ProtocolNames>)
type ProtocolNames = string | readonly string[] | null | undefined

/** Headers of the upgrade, or a function that is asked before every dial. Browsers cannot send any. */
export type HeadersProvider =
  | Readonly<Record<string, string>>
  | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)

/** What a socket dials with. */
export interface SocketTarget {
  readonly url: UrlProvider
  readonly protocols: ProtocolsProvider
  readonly headers: HeadersProvider | undefined
}

/** As the constructor of a WebSocket reads it: relative to the page, `ws:` for `http:`. */
export function resolvedUrl(url: string | URL): string {
  try {
    const { href } = new URL(url, typeof location === 'undefined' ? undefined : location.href)
    return href.replace(/^http/, 'ws')
  } catch {
    return `${url}`
  }
}

const namesOf = (names: ProtocolNames): readonly string[] => (typeof names === 'string' ? [names] : (names ?? []))

/**
 * What can be looked at before the first dial: text and lists. A function is asked when it is time.
 * @throws a `SyntaxError` (`DOMException`), as WebSockets do
 */
export function assertDialable({ url, protocols }: SocketTarget): void {
  const known = typeof url === 'function' ? 'ws://not-asked.invalid' : resolvedUrl(url)
  try {
    assertWebSocketTarget({ url: known, protocols: typeof protocols === 'function' ? [] : namesOf(protocols) })
  } catch (error) {
    throw error instanceof HoldfastError ? new DOMException(error.message, 'SyntaxError') : error
  }
}

/** Asks for all of it. */
export async function askedTarget({ url, protocols, headers }: SocketTarget): Promise<Target> {
  const asked = await (typeof url === 'function' ? url() : url)
  const names = await (typeof protocols === 'function' ? protocols() : protocols)
  const sent = await (typeof headers === 'function' ? headers() : headers)
  return { url: resolvedUrl(asked), protocols: namesOf(names), ...(sent === undefined ? {} : { headers: sent }) }
}

/** What a message event says as its origin; empty while the address is not known. */
export function originOf(url: string): string {
  try {
    const { protocol, host } = new URL(url)
    return `${protocol}//${host}`
  } catch {
    return ''
  }
}
