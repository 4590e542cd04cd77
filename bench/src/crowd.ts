import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const AT_ONCE = 50
/** An unasked pong says that we are still there. */
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])
const PONG_MS = 10_000
const ANSWER = '"action":"ACK"'
const BROADCAST = '"type":"broadcast"'

/** What has come of a link that is no whole message yet. */
type Rest = Buffer

/** The messages of a WebSocket in these bytes, which are unmasked, and what is left. */
function framesIn(bytes: Buffer): { messages: Buffer[]; rest: Rest } {
  const messages: Buffer[] = []
  let at = 0
  while (at + 2 <= bytes.length) {
    const short = (bytes[at + 1] ?? 0) & 127
    const head = short < 126 ? 2 : short === 126 ? 4 : 10
    if (at + head > bytes.length) break
    const size = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6)
    if (at + head + size > bytes.length) break
    messages.push(bytes.subarray(at + head, at + head + size))
    at += head + size
  }
  return { messages, rest: bytes.subarray(at) }
}

/** The events of a stream in these bytes, and what is left. */
function eventsIn(bytes: Buffer): { messages: Buffer[]; rest: Rest } {
  const messages: Buffer[] = []
  let at = 0
  for (let end = bytes.indexOf('\n\n'); end >= 0; end = bytes.indexOf('\n\n', at)) {
    messages.push(bytes.subarray(at, end))
    at = end + 2
  }
  return { messages, rest: bytes.subarray(at) }
}

function eventText(n: number): string {
  return JSON.stringify({ type: 'event', id: `s${n}`, event: 'message_update', data: { text: 'x'.repeat(200) } })
}

/** Masked, with a mask that changes nothing; of 126 to 65,535 bytes. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  return Buffer.concat([Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 255, 0, 0, 0, 0]), payload])
}

/** How a link is opened: what has to come on it until it counts as open, and how its messages are told apart. */
interface Opening {
  readonly until: string
  readonly cut: typeof framesIn
  readonly token?: string | undefined
}

/** Raw connections to a gateway: what they cost here is no matter, what they cost there is measured. */
export class Crowd {
  /** Frames or events of the session that came to anybody. */
  delivered = 0
  bytes = 0
  /** By the number that an event carries in its text (`at 12;`): to how many it came, and when to the last of them. */
  readonly arrivals = new Map<number, { count: number; lastAt: number }>()
  #said = 0
  #answered = 0
  readonly #port: number
  readonly #token: string
  readonly #sockets = new Set<Socket>()
  readonly #alive = new Set<Socket>()
  readonly #pongs = setInterval(() => {
    for (const socket of this.#alive) socket.write(PONG)
  }, PONG_MS)

  constructor(port: number, token: string) {
    this.#port = port
    this.#token = token
  }

  get size(): number {
    return this.#sockets.size
  }

  /** `make` says who the nth one is. */
  async grow(count: number, make: (at: number) => Promise<Socket>): Promise<void> {
    for (let at = 0; at < count; at += AT_ONCE) {
      const wave = Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, i) => make(at + i))
      for (const socket of await Promise.all(wave)) this.#sockets.add(socket)
    }
  }

  socketObserver(session: string, token?: string): Promise<Socket> {
    return this.#socket(`role=observer&sessionId=${session}&resume=1`, token)
  }

  /** In a session of its own, which is made for it. */
  socketLead(token?: string): Promise<Socket> {
    return this.#socket('role=lead&resume=1', token)
  }

  async #socket(query: string, token?: string): Promise<Socket> {
    const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='
    const headers = `Upgrade: websocket\r\nConnection: Upgrade\r\n${key}`
    // An event that is said before the session is live may be in its hydration, and come as no message of its own.
    const socket = await this.#open(`/api/ws?${query}`, headers, { until: '"type":"live"', cut: framesIn, token })
    this.#alive.add(socket)
    return socket
  }

  streamObserver(session: string): Promise<Socket> {
    return this.#open(`/api/hub/session/${session}/events?resume=1`, 'Accept: text/event-stream', {
      until: 'HTTP/1.1 200',
      cut: eventsIn,
    })
  }

  /** So many events, said by all who lead in turn, or by so many of them. Resolves when each is answered. */
  async say(count: number, leads: number = this.size): Promise<void> {
    const until = this.#answered + count
    const all = [...this.#sockets].slice(0, leads)
    for (let n = 0; n < count; n += 1) all[n % all.length]?.write(textFrame(eventText(this.#said++)))
    while (this.#answered < until) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  leave(): void {
    clearInterval(this.#pongs)
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets.clear()
    this.#alive.clear()
  }

  async #open(path: string, headers: string, { until, cut, token = this.#token }: Opening): Promise<Socket> {
    const socket = connect(this.#port, '127.0.0.1')
    socket.setNoDelay(true)
    await once(socket, 'connect')
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n${headers}\r\n\r\n`)
    await new Promise<void>((resolve, reject) => {
      let rest: Rest = Buffer.alloc(0)
      let isUpgraded = false
      let isIn = false
      socket.once('close', () => reject(new Error(`expected to be let in, got ${rest.toString().slice(0, 200)}`)))
      socket.on('error', () => {})
      socket.on('data', (data: Buffer) => {
        this.bytes += data.length
        rest = rest.length === 0 ? data : Buffer.concat([rest, data])
        const isOver = (text: Buffer): boolean => !isIn && text.includes(until)
        if (!isUpgraded) {
          const end = rest.indexOf('\r\n\r\n')
          if (end < 0 || !/^HTTP\/1.1 (101|200)/.test(rest.toString('latin1', 0, 12))) return
          isUpgraded = true
          if (isOver(rest.subarray(0, end))) isIn = true
          rest = rest.subarray(end + 4)
        }
        const { messages, rest: left } = cut(rest)
        rest = left
        for (const message of messages) {
          if (isOver(message)) isIn = true
          this.#count(message)
        }
        if (isIn) resolve()
      })
    })
    return socket
  }

  #count(message: Buffer): void {
    if (message.includes(ANSWER)) this.#answered += 1
    if (!message.includes(BROADCAST)) return
    this.delivered += 1
    this.#arrived(message)
  }

  #arrived(data: Buffer): void {
    const at = data.indexOf('"at ')
    if (at < 0) return
    const n = Number.parseInt(data.toString('latin1', at + 4, at + 14), 10)
    const known = this.arrivals.get(n) ?? { count: 0, lastAt: 0 }
    known.count += 1
    known.lastAt = performance.timeOrigin + performance.now()
    this.arrivals.set(n, known)
  }
}
