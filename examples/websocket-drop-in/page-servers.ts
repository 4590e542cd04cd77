import { Aedes } from 'aedes'
import { buildSchema } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { createWebSocketStream } from 'ws'
import { Doc } from 'yjs'
import type { CountedServer } from './counted-server.ts'
import { serveDocument } from './y-server.ts'

/** What the programs of a page in `docs/i-have` talk to. */
export interface PageServer {
  readonly serve: (server: CountedServer) => unknown
  /** What both programs of the page say. */
  readonly words: string
  readonly protocol?: string
}

function echo(server: CountedServer): void {
  server.sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`${data}`)))
}

function events(server: CountedServer): void {
  server.http.on('request', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end('id: 7\ndata: hello\n\n')
  })
}

function graphql(server: CountedServer): void {
  async function* ticks() {
    yield { ticks: 1 }
  }
  const schema = buildSchema('type Query { n: Int! } type Subscription { ticks: Int! }')
  useServer({ schema, roots: { subscription: { ticks } } }, server.sockets)
}

async function broker(server: CountedServer): Promise<void> {
  const aedes = await Aedes.createBroker()
  server.http.on('close', () => aedes.close())
  server.sockets.on('connection', (socket, request) => {
    const stream = createWebSocketStream(socket)
    stream.on('error', () => {})
    aedes.handle(stream, request)
  })
}

const ECHO: PageServer = { serve: echo, words: 'received hello' }

/** By the name of the page. The server of Socket.IO speaks its own protocol, and after the change a plain one that the page shows. */
export const PAGE_SERVERS: Readonly<Record<string, PageServer>> = {
  'event-source': { serve: events, words: 'received hello 7' },
  'fetch-event-source': { serve: events, words: 'received hello' },
  'graphql-ws': { serve: graphql, words: 'received', protocol: 'graphql-transport-ws' },
  mqtt: { serve: broker, words: 'received news hello', protocol: 'mqtt' },
  partysocket: ECHO,
  'plain-websocket': ECHO,
  'reconnecting-websocket': ECHO,
  'socket-io': { serve: () => {}, words: 'news hello\nsum 5' },
  'y-websocket': { serve: (server) => serveDocument(server, new Doc()), words: 'synced true' },
}
