import { isSecretName, type Target } from '@holdfast/contract'

/** Names and addresses of this machine itself. */
const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/
/** Addresses that need no internet: private ones and link-local ones (RFC 1918, 3927, 4193, 4291), and names of mDNS. */
const PRIVATE =
  /^(10(\.\d+){3}|192\.168(\.\d+){2}|172\.(1[6-9]|2\d|3[01])(\.\d+){2}|169\.254(\.\d+){2}|\[f[cde][0-9a-f:]*\]|.*\.local)$/

/** The server is on this machine: no network is needed. */
export function isLoopback(url: string): boolean {
  return LOOPBACK.test(parsed(url)?.hostname ?? '')
}

/** Plain text to whoever has this address in the network that this machine is in now. */
export function isPlainPrivate(url: string): boolean {
  const { protocol, hostname } = parsed(url) ?? {}
  return (protocol === 'ws:' || protocol === 'http:') && PRIVATE.test(hostname ?? '')
}

/**
 * The target without what may be a credential: no headers and subprotocols, and of the URL neither user info nor what is
 * named like one. For URLs that {@link isPlainPrivate} has looked at.
 */
export function withoutSecrets({ url: whole }: Target): Target {
  const url = new URL(whole)
  url.username = url.password = ''
  for (const [name] of [...url.searchParams]) if (isSecretName(name)) url.searchParams.delete(name)
  return { url: url.href }
}

/** Scheme, host and port; undefined for what is no URL. */
export function originOf(url: string): string | undefined {
  const { protocol, host } = parsed(url) ?? {}
  return host === undefined ? undefined : `${protocol}//${host}`
}

function parsed(url: string): URL | undefined {
  try {
    return new URL(url)
  } catch {
    return undefined
  }
}
