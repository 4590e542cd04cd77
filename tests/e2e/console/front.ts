import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What stands before a gateway. */
export interface Front extends AsyncDisposable {
  readonly url: string
}

/** What it does to requests. */
export interface FrontOptions {
  /** Told the gateway in place of what the browser asked for, as proxies do that are not set up for it. */
  readonly host?: string | undefined
  /** Nothing of the gateway but its pages is there. */
  readonly hasPagesOnly?: boolean | undefined
}

/** A web server that passes requests on to a gateway, and no WebSockets. */
export async function startFront(gateway: string, { host, hasPagesOnly = false }: FrontOptions = {}): Promise<Front> {
  const server = createServer((asked, answer) => {
    const isPage = asked.url?.startsWith('/api') === false && asked.url.startsWith('/shells') === false
    if (hasPagesOnly && !isPage) {
      answer.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not found</h1>')
      return
    }
    const headers = host === undefined ? asked.headers : { ...asked.headers, host }
    const passed = request(`${gateway}${asked.url}`, { method: asked.method ?? 'GET', headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    asked.pipe(passed)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
