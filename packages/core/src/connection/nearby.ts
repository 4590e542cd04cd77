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
 * The target without what may be a credential: all headers and subprotocols, and of the URL user info and what is named
 * like one. The target itself where there is none of it.
 */
export function withoutSecrets(target: Target): Target {
  const url = parsed(target.url)
  const names = [...(url?.searchParams ?? [])].map(([name]) => name).filter(isSecretName)
  const isOpen = names.length === 0 && `${url?.username}${url?.password}` === ''
  const isBare = Object.keys(target.headers ?? {}).length === 0 && (target.protocols ?? []).length === 0
  if (url === undefined || (isOpen && isBare)) return target
  if (isOpen) return { url: target.url }
  url.username = url.password = ''
  for (const name of names) url.searchParams.delete(name)
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
