import type { SystemFetch } from './fetch-types.ts'

declare const fetch: SystemFetch

/**
 * The runtime's `fetch`, looked up at each request; in Node.js, whose own does not look there, through the proxies that
 * `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` name. What event streams are asked for with, for other requests
 * to the same server.
 */
export function systemFetch(): SystemFetch {
  return (url, init) => fetch(url, init)
}
