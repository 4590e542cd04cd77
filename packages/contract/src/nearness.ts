import { isSecretName } from './logger.ts'

/** Names and addresses of this machine itself. */
const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/
/** Addresses that need no internet: private ones and link-local ones (RFC 1918, 3927, 4193, 4291), and names of mDNS. */
const PRIVATE =
  /^(10(\.\d+){3}|192\.168(\.\d+){2}|172\.(1[6-9]|2\d|3[01])(\.\d+){2}|169\.254(\.\d+){2}|\[f[cde][0-9a-f:]*\]|.*\.local)$/

/** Which network an address needs. For signals that may report that there is none. */
export interface Nearness {
  /** The server is on this machine: no network is needed. */
  isLoopback(url: string): boolean
  /** Whether traffic to it is unencrypted and goes to whichever machine has this address in the present network. */
  isPlainPrivate(url: string): boolean
  /** Scheme, host and port; undefined for an invalid URL. */
  originOf(url: string): string | undefined
  /**
   * The URL without user info and without parameters that are named like a credential. Only for URLs that
   * `isPlainPrivate` accepted.
   */
  withoutSecrets(url: string): string
}

/** By names and literal addresses alone; nothing is looked up. */
export const NEARNESS: Nearness = {
  isLoopback: (url) => LOOPBACK.test(parsed(url)?.hostname ?? ''),
  isPlainPrivate: (url) => {
    const { protocol, hostname } = parsed(url) ?? {}
    return (protocol === 'ws:' || protocol === 'http:') && PRIVATE.test(hostname ?? '')
  },
  originOf: (url) => {
    const { protocol, host } = parsed(url) ?? {}
    return host === undefined ? undefined : `${protocol}//${host}`
  },
  withoutSecrets: (whole) => {
    const url = new URL(whole)
    url.username = url.password = ''
    for (const [name] of [...url.searchParams]) if (isSecretName(name)) url.searchParams.delete(name)
    return url.href
  },
}

function parsed(url: string): URL | undefined {
  try {
    return new URL(url)
  } catch {
    return undefined
  }
}
