import { createServer, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { listen } from './support.ts'

/** What the proxy does with a tunnel that is asked for. */
export type ProxyAnswer =
  | 'tunnel'
  | 'hang'
  | { readonly status: number; readonly headers: string; readonly body: string }

/** A real proxy: tunnels with `CONNECT`, to wherever it is asked, and remembers what it was asked. */
export interface ConnectProxy {
  readonly url: string
  readonly port: number
  /** `host:port` of every `CONNECT`, in order. */
  readonly asked: string[]
  /** `Proxy-Authorization` of every `CONNECT`, in order. */
  readonly credentials: (string | undefined)[]
  answer: ProxyAnswer
  /** Resolves with the next connection that asks for a tunnel. */
  asking(): Promise<Duplex>
  close(): Promise<void>
}

export async function startConnectProxy(route: (host: string) => string = (host) => host): Promise<ConnectProxy> {
  const server = createServer()
  const sockets = new Set<Duplex>()
  const askers: ((socket: Duplex) => void)[] = []
  const keep = (socket: Duplex): void => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  server.on('connection', (socket: Socket) => keep(socket))
  server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    proxy.asked.push(request.url ?? '')
    proxy.credentials.push(request.headers['proxy-authorization'])
    for (const asker of askers.splice(0)) asker(socket)
    if (proxy.answer === 'tunnel') keep(tunnel(request.url ?? '', route, socket, head))
    else if (proxy.answer === 'hang') socket.resume()
    else socket.end(`HTTP/1.1 ${proxy.answer.status} No\r\n${proxy.answer.headers}\r\n${proxy.answer.body}`)
  })
  const port = await listen(server)
  const proxy: ConnectProxy = {
    url: `http://127.0.0.1:${port}`,
    port,
    asked: [],
    credentials: [],
    answer: 'tunnel',
    asking: () => new Promise((resolve) => askers.push(resolve)),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}

function tunnel(target: string, route: (host: string) => string, socket: Duplex, head: Buffer): Socket {
  const { hostname, port } = new URL(`http://${target}`)
  const upstream = connect(Number(port), route(hostname), () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    upstream.write(head)
    upstream.pipe(socket).pipe(upstream)
  })
  socket.on('close', () => upstream.destroy())
  return upstream
}
