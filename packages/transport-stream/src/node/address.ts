import { OpenError } from '@holdfast/contract'

/** Where a socket is dialed. */
export interface Address {
  readonly to:
    | { readonly host: string; readonly port: number; readonly servername?: string }
    | { readonly path: string }
  readonly isSecure: boolean
  /** For people: nothing that could be a secret. */
  readonly shown: string
}

/** @throws `channel/invalid_url`, without the URL, which may carry a secret */
export function addressOf(url: string): Address {
  const path = /^unix:(?:\/\/)?(\/[^\0]+)$/.exec(url)?.[1]
  if (path !== undefined) return { to: { path }, isSecure: false, shown: `unix:${path}` }
  const [, scheme, bracketed, plain, port] =
    /^(tcp|tls):\/\/(?:\[([\da-f:.%]+)\]|([^:/?#@[\]]+)):(\d{1,5})\/?$/i.exec(url) ?? []
  const host = bracketed ?? plain
  if (host === undefined || scheme === undefined || port === undefined || Number(port) > 65_535) {
    const text =
      'Expected tcp://host:port, tls://host:port or unix:/path, but the target has no address that can be read so.'
    throw new OpenError(text, { unsent: true }, undefined, 'channel/invalid_url')
  }
  const isSecure = scheme.toLowerCase() === 'tls'
  const shown = `${scheme.toLowerCase()}://${bracketed === undefined ? host : `[${host}]`}:${port}`
  // A name is asked for (SNI); an address is none (RFC 6066 §3).
  const servername = isSecure && bracketed === undefined && !/^[\d.]+$/.test(host) ? { servername: host } : {}
  return { to: { host, port: Number(port), ...servername }, isSecure, shown }
}
