import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'

/** A server that knows nothing of us: it says everything back, and counts. */
export interface EchoServer extends AsyncDisposable {
  readonly url: string
  readonly sockets: WebSocket[]
  readonly requests: IncomingMessage[]
  readonly live: number
  /** What came, in order; bytes as hexadecimal digits. */
  readonly received: string[]
  readonly closes: { readonly code: number; readonly reason: string }[]
  cut(): void
}

/** `protocols`: those that it speaks. */
export async function echoServer(protocols: readonly string[] = []): Promise<EchoServer> {
  const handleProtocols = (offered: Set<string>): string | false => protocols.find((one) => offered.has(one)) ?? false
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols })
  await once(server, 'listening')
  const address = server.address()
  const sockets: WebSocket[] = []
  const requests: IncomingMessage[] = []
  const received: string[] = []
  const closes: { code: number; reason: string }[] = []
  server.on('connection', (socket, request) => {
    sockets.push(socket)
    requests.push(request)
    socket.on('error', () => {})
    socket.on('close', (code, reason) => closes.push({ code, reason: `${reason}` }))
    socket.on('message', (data: Buffer, isBinary) => {
      received.push(data.toString(isBinary ? 'hex' : 'utf8'))
      socket.send(data, { binary: isBinary })
    })
  })
  return {
    url: `ws://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`,
    sockets,
    requests,
    received,
    closes,
    get live() {
      return server.clients.size
    },
    cut: () => {
      for (const socket of server.clients) socket.terminate()
    },
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
