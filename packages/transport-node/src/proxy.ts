import type { SecureContextOptions } from 'node:tls'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { getProxyForUrl } from 'proxy-from-env'

/** One dial's way through a proxy. */
export interface ProxyTunnel {
  readonly agent: HttpsProxyAgent<string>
  /** The status with which the proxy answered `CONNECT`, once it did. */
  connectStatus(): number | undefined
}

/**
 * The proxy for this URL: the option where one is given, otherwise what `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`
 * say now. For event streams: transport-sse's `node/proxy.ts`.
 */
export function proxyFor(url: URL, option: string | false | undefined): string | undefined {
  if (option === false) return undefined
  if (option !== undefined) return option
  const http = httpUrl(url)
  const proxy = http === undefined ? '' : getProxyForUrl(http)
  return proxy === '' ? undefined : proxy
}

/** Opens tunnels with `CONNECT` (RFC 9110 §9.3.6). The signal frees a socket whose proxy has not answered yet. */
export function proxyTunnel(proxy: string, signal: AbortSignal, ca: SecureContextOptions['ca']): ProxyTunnel {
  const agent = new HttpsProxyAgent(proxy, { signal, ...(ca === undefined ? {} : { ca }) })
  let status: number | undefined
  agent.on('proxyConnect', (answer: { readonly statusCode: number }) => {
    status = answer.statusCode
  })
  return { agent, connectStatus: () => status }
}

/** The variables are named after the schemes of HTTP, which WebSocket URLs share the ports of. */
function httpUrl(url: URL): string | undefined {
  if (url.protocol === 'ws:' || url.protocol === 'http:') return `http://${url.host}`
  if (url.protocol === 'wss:' || url.protocol === 'https:') return `https://${url.host}`
  return undefined
}
