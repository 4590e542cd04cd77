import { once } from 'node:events'
import { type RawData, WebSocket, WebSocketServer } from 'ws'

/** A wire of one of the peers, as far as its server speaks it here. */
export interface Wire {
  /** What is answered to a frame before messages pass; undefined: it is a message, or nothing that is answered. */
  answer(text: string): string | undefined
  /** The number in a frame. */
  read(text: string): number | undefined
  write(n: number): string
  /** What the server says while nothing else is said, and how often. In milliseconds. */
  readonly ping?: { readonly text: string; readonly everyMs: number }
}

const numberIn = (text: string): number | undefined => {
  const n = Number.parseInt(text, 10)
  return Number.isNaN(n) ? undefined : n
}

/** Plain texts: a number each. */
export const PLAIN: Wire = { answer: () => undefined, read: numberIn, write: String }

const END = '\x1e'
/** SignalR's hub protocol 1, as JSON. Its server pings every 15 s. */
export const SIGNALR: Wire = {
  answer: (text) => (text.includes('"protocol"') ? `{}${END}` : undefined),
  read: (text) => numberIn(/"arguments":\[(\d+)\]/.exec(text)?.[1] ?? ''),
  write: (n) => `${JSON.stringify({ type: 1, target: 'down', arguments: [n] })}${END}`,
  ping: { text: `{"type":6}${END}`, everyMs: 15_000 },
}

/** Centrifugo's protocol, as JSON. Its server pings every 25 s. */
export const CENTRIFUGE: Wire = {
  answer: (text) => {
    const id = /"id":(\d+)/.exec(text)?.[1]
    if (id === undefined || !text.includes('"connect"')) return undefined
    return `{"id":${id},"connect":{"client":"bench","version":"0","ping":25,"pong":true}}`
  },
  read: (text) => numberIn(/"send":\{"data":(\d+)\}/.exec(text)?.[1] ?? ''),
  write: (n) => JSON.stringify({ push: { message: { data: n } } }),
  ping: { text: '{}', everyMs: 25_000 },
}

/** A server for one client: it says numbers on the newest link that it knows of. */
export interface NumberServer {
  readonly port: number
  say(n: number): void
  close(): void
}

/** @param came a number of the client has come */
export async function numberServer(wire: Wire, came: (n: number) => void): Promise<NumberServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  let newest: WebSocket | undefined
  server.on('connection', (socket) => {
    socket.on('error', () => {})
    if (wire.answer === PLAIN.answer) newest = socket
    socket.on('message', (data: RawData) => {
      for (const text of `${data}`.split(/[\x1e\n]/)) {
        const answer = wire.answer(text)
        const n = answer === undefined ? wire.read(text) : undefined
        if (n !== undefined) came(n)
        if (answer === undefined) continue
        socket.send(answer)
        newest = socket
      }
    })
  })
  const { ping } = wire
  const pinging = setInterval(
    () => newest?.readyState === WebSocket.OPEN && newest.send(ping?.text ?? ''),
    ping?.everyMs,
  )
  if (ping === undefined) clearInterval(pinging)
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    say: (n) => {
      if (newest?.readyState === WebSocket.OPEN) newest.send(wire.write(n))
    },
    close: () => {
      clearInterval(pinging)
      for (const client of server.clients) client.terminate()
      server.close()
    },
  }
}
