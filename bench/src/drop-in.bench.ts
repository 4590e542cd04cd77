// The same program on four sockets, through the same faults: what is lost, and who says so.
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type ChaosProxy, startChaosProxy } from '@holdfast/chaos-proxy'
import { ReconnectingWebSocket } from '@holdfast/websocket'
import PartySocket from 'partysocket/ws'
import PublishedSocket from 'reconnecting-websocket'
import { WebSocket, WebSocketServer } from 'ws'

const MESSAGES = 5_000
const EVERY_MS = 5
const DOWN_MS = 60_000

/** What is read of an event. */
interface Heard {
  readonly type: string
  readonly data?: unknown
}

/** As much of a socket as the program uses. */
interface Socket {
  readonly readyState: number
  addEventListener(type: 'open' | 'message', listener: (event: Heard) => void): void
  send(data: string): unknown
  close(): void
}

/** What one socket came to. */
interface Figures {
  readonly name: string
  lost: number
  silent: number
  doubled: number
  echoesLost: number
  doubted: number
  dialsWhileDown: number
  backAfterMs: number
}

/** Makes a socket; `untold` is called with a message that it says did not arrive, or may not have. */
type Make = (url: string, untold: (data: string) => void) => Socket

const SOCKETS: Readonly<Record<string, Make>> = {
  ours: (url, untold) => {
    const socket = new ReconnectingWebSocket(url)
    socket.onundelivered = ({ data }) => untold(String(data))
    return socket
  },
  partysocket: (url) => Reflect.construct(Object(PartySocket), [url, [], { WebSocket }]),
  'reconnecting-websocket': (url) => Reflect.construct(Object(PublishedSocket), [url, [], { WebSocket }]),
  'WebSocket, dialed again after 1 s': (url, untold) => new NaiveSocket(url, untold),
}

/** What people write by hand. */
class NaiveSocket implements Socket {
  readonly #url: string
  readonly #untold: (data: string) => void
  readonly #listeners: [type: 'open' | 'message', listener: (event: Heard) => void][] = []
  #socket: WebSocket
  #isClosed = false

  constructor(url: string, untold: (data: string) => void) {
    this.#url = url
    this.#untold = untold
    this.#socket = this.#dial()
  }

  #dial(): WebSocket {
    const socket = new WebSocket(this.#url)
    socket.onerror = () => {}
    socket.onclose = () => this.#isClosed || setTimeout(() => this.#again(), 1_000)
    for (const [type, listener] of this.#listeners) socket.addEventListener(type, listener)
    return socket
  }

  #again(): void {
    if (!this.#isClosed) this.#socket = this.#dial()
  }

  get readyState(): number {
    return this.#socket.readyState
  }

  addEventListener(type: 'open' | 'message', listener: (event: Heard) => void): void {
    this.#listeners.push([type, listener])
    this.#socket.addEventListener(type, listener)
  }

  send(data: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(data)
    else this.#untold(data)
  }

  close(): void {
    this.#isClosed = true
    this.#socket.terminate()
  }
}

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const FAULTS: readonly ((proxy: ChaosProxy) => unknown)[] = [
  (proxy) => proxy.cut(),
  (proxy) => proxy.resetMidFrame(),
  (proxy) => proxy.fin(),
  (proxy) => held(proxy),
  async (proxy) => {
    await proxy.refuse(true, { keepPort: true })
    proxy.cut()
    await rest(1_500)
    await proxy.refuse(false)
  },
]

/** A black hole for a while. */
async function held(proxy: ChaosProxy): Promise<void> {
  proxy.blackHole()
  await rest(2_000)
  await proxy.heal({ links: 'reset' })
}

/** Ten faults, each on a link that is open, in the middle of a tenth of the messages. */
async function throughFaults(proxy: ChaosProxy, socket: Socket): Promise<void> {
  const part = MESSAGES / (2 * FAULTS.length)
  for (const [at, fault] of [...FAULTS, ...FAULTS].entries()) {
    while (socket.readyState !== WebSocket.OPEN) await rest(10)
    const sending = send(socket, at * part, part)
    await rest((part * EVERY_MS) / 2)
    await fault(proxy)
    await sending
  }
}

async function send(socket: Socket, from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n += 1) {
    socket.send(`${n}`)
    await rest(EVERY_MS)
  }
}

async function measured(name: string, make: Make): Promise<Figures> {
  const arrived = new Map<string, number>()
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  server.on('connection', (socket) => {
    socket.on('error', () => {})
    socket.on('message', (data) => {
      arrived.set(`${data}`, (arrived.get(`${data}`) ?? 0) + 1)
      socket.send(`${data}`)
    })
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port } })
  const told = new Set<string>()
  const echoes = new Set<string>()
  const socket = make(`ws://${proxy.address}/`, (data) => told.add(data))
  socket.addEventListener('message', ({ data }) => echoes.add(String(data)))
  await new Promise<void>((resolve) => socket.addEventListener('open', () => resolve()))
  await throughFaults(proxy, socket)
  await rest(10_000)
  const sent = Array.from({ length: MESSAGES }, (_, n) => `${n}`)
  const lost = sent.filter((text) => !arrived.has(text))
  const figures: Figures = {
    name,
    lost: lost.length,
    silent: lost.filter((text) => !told.has(text)).length,
    doubled: [...arrived.values()].filter((times) => times > 1).length,
    echoesLost: sent.filter((text) => arrived.has(text) && !echoes.has(text)).length,
    doubted: sent.filter((text) => arrived.has(text) && told.has(text)).length,
    ...(await afterAMinute(proxy, socket, echoes)),
  }
  socket.close()
  await proxy.close()
  for (const client of server.clients) client.terminate()
  server.close()
  return figures
}

/** The server is down for a minute, then it is back: shown by the first answer to something that was sent after that. */
async function afterAMinute(
  proxy: ChaosProxy,
  socket: Socket,
  echoes: ReadonlySet<string>,
): Promise<Pick<Figures, 'dialsWhileDown' | 'backAfterMs'>> {
  await proxy.refuse(true, { keepPort: true })
  proxy.cut()
  const before = proxy.stats.turnedAway
  await rest(DOWN_MS)
  const dialsWhileDown = proxy.stats.turnedAway - before
  await proxy.refuse(false)
  const healedAt = performance.now()
  let n = 0
  const isBack = (): boolean => Array.from({ length: n }, (_, one) => `back ${one}`).some((text) => echoes.has(text))
  while (!isBack()) {
    // What waits would hide when it is back.
    if (socket.readyState === WebSocket.OPEN) socket.send(`back ${n++}`)
    await rest(20)
  }
  return { dialsWhileDown, backAfterMs: performance.now() - healedAt }
}

const rows = await Promise.all(Object.entries(SOCKETS).map(([name, make]) => measured(name, make)))
const cells = rows.map(
  ({ name, lost, silent, doubled, echoesLost, doubted, dialsWhileDown, backAfterMs }) =>
    `| ${name} | ${lost} | **${silent}** | ${doubted} | ${doubled} | ${echoesLost} | ${dialsWhileDown} | ${(backAfterMs / 1_000).toFixed(1)} s |`,
)
const table = [
  '| socket | lost on the way up | of them silently | in doubt, and arrived | doubled | echoes lost | dials in a minute of outage | back after it |',
  '|---|---|---|---|---|---|---|---|',
  ...cells,
].join('\n')
process.stdout.write(`${table}\n`)
const readme = new URL('../../README.md', import.meta.url)
const marked = /(<!-- drop-in -->\n)[\s\S]*?(<!-- \/drop-in -->)/
writeFileSync(readme, readFileSync(readme, 'utf8').replace(marked, `$1${table}\n$2`))
process.exit(0)
