import type { Clock } from '@holdfast/contract'

/** The server that is checked. */
export interface ServerTarget {
  readonly url: string
  /** Never part of an address, an error or a result. */
  readonly token?: string | undefined
  /** The working folder of ACP sessions. @defaultValue `.`: the one that the server chooses */
  readonly folder?: string | undefined
  /** The longest wait for something that must come. In milliseconds. */
  readonly timeoutMs: number
  readonly clock: Clock
}

/** An address with a path appended and parameters set. `scheme`: `ws` or `http`, with the `s` of the base. */
export function addressOf(
  base: string,
  scheme: 'ws' | 'http',
  path: string,
  query: Iterable<[string, string]>,
): string {
  const url = new URL(base)
  const isSecure = url.protocol === 'https:' || url.protocol === 'wss:'
  url.protocol = `${scheme}${isSecure ? 's' : ''}:`
  const at = path === '' ? -1 : url.pathname.indexOf(path)
  url.pathname = at >= 0 ? url.pathname : `${url.pathname.replace(/\/+$/, '')}${path}`
  for (const [name, value] of query) url.searchParams.append(name, value)
  return url.href
}
