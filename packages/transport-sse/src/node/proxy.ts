import { getProxyForUrl } from 'proxy-from-env'
import type { Dispatcher } from 'undici'
import type { Fetch, SystemFetch, SystemRequest, SystemResponse } from '../fetch-types.ts'

declare const fetch: SystemFetch

/** The runtime's `fetch`, or undici's through the proxy that is given or named by the environment at each call. */
export function fetchThroughProxy(option?: string | false): Fetch & SystemFetch {
  const agents = new Map<string, Dispatcher>()
  return async (url: string, init: SystemRequest): Promise<SystemResponse> => {
    const proxy = option === false ? '' : (option ?? getProxyForUrl(url))
    if (proxy === '') return fetch(url, init)
    // Its own `fetch` with its own agent: another version's may not fit Node's.
    const undici = await import('undici')
    const dispatcher = agents.get(proxy) ?? new undici.ProxyAgent(proxy)
    agents.set(proxy, dispatcher)
    return undici.fetch(url, { ...init, dispatcher })
  }
}
