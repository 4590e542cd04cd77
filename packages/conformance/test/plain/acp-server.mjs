// A server of ACP with the resume extension, in plain JavaScript, written from docs/wire/acp.md: links, numbers and requests. It keeps
// everything in memory, and has no ACP over HTTP.
import { randomBytes } from 'node:crypto'
import { WebSocketServer } from 'ws'
import { Session } from './acp-session.mjs'

const { TOKEN } = process.env
const MAX_FRAME_BYTES = 1_048_576
const MAX_ID_CHARS = 1_024
const LAST_PART = 2_147_483_647
const random = () => randomBytes(8).toString('hex')
const sessions = new Map()
const clients = new Map() // by their names: those with the extension
const requests = new Map() // 'client n' -> { client, answer }: what was done under a number, over every numbering

/** A client, over all its links. Without a name: one without the extension. */
class Client {
  epoch = random()
  sent = 0
  received = 0
  kept = [] // frames that are not acknowledged

  constructor(socket, name) {
    Object.assign(this, { socket, name })
  }

  write(frame) {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(frame))
  }

  say(message, from) {
    if (this.name === undefined) return this.write(message)
    this.number({ type: 'message', from, message })
  }

  number(frame) {
    this.kept.push({ ...frame, n: ++this.sent })
    this.write(this.kept.at(-1))
  }

  frame({ type, n, message, through }) {
    if (through !== undefined) this.kept = this.kept.filter((one) => one.n > through)
    if (type === 'ping') this.write({ type: 'pong', through: this.received })
    if (type !== 'message') return
    const isNew = n > this.received
    this.received = Math.max(n, this.received)
    if (isNew) this.take(message, `${this.name} ${n}`)
    if (!isNew || message.method === undefined || message.id === undefined)
      this.write({ type: 'ack', through: this.received })
  }

  take({ id, method, params = {}, result = {} }, key) {
    const session = sessions.get(params.sessionId ?? String(id).split(' ')[0])
    if (method === undefined) return session?.answered(id, result, this)
    if (id === undefined) return method === 'session/cancel' && session?.cancel?.()
    const known = requests.get(key)
    if (known?.answer !== undefined) this.say(known.answer)
    if (known !== undefined) return Object.assign(known, { client: this })
    const request = { client: this }
    if (key !== undefined) requests.set(key, request)
    const reply = (body, from) => {
      request.answer = { jsonrpc: '2.0', id, ...body }
      request.client.say(request.answer, from)
    }
    if (method === 'session/new') {
      const made = new Session()
      sessions.set(made.id, made)
      made.clients.add(this)
      return reply({ result: { sessionId: made.id } })
    }
    if (method === 'initialize') return reply({ error: { code: -32_600, message: 'initialize was answered before' } })
    if (session === undefined) return reply({ error: { code: -32_002, message: 'no such session' } })
    if (method === 'session/prompt')
      return void session.prompt(params.prompt[0].text).then((stopReason) => reply({ result: { stopReason } }))
    if (method !== 'session/load') return reply({ error: { code: -32_601, message: `no method ${method}` } })
    session.clients.delete(this)
    session.attach(this, 0)
    reply({ result: {} }, { sessionId: session.id, seq: session.log.length, part: LAST_PART })
  }
}

/** The first message of a link: a new client, one that goes on, or one whose numbering is not remembered. */
function enter(socket, { id, params }) {
  const asked = params._meta?.holdfast
  const known = clients.get(asked?.client)
  const resumed = known !== undefined && known.epoch === asked.epoch && known.sent >= asked.after
  const client = resumed ? known : new Client(undefined, asked?.client)
  known?.socket?.close(1000, 'another link')
  client.socket = socket
  const capabilities =
    asked?.epoch === undefined ? { protocolVersion: 1, agentCapabilities: { loadSession: true } } : {}
  const holdfast = { v: 1, epoch: client.epoch, resumed, maxFrameBytes: MAX_FRAME_BYTES }
  client.write({ jsonrpc: '2.0', id, result: asked ? { ...capabilities, _meta: { holdfast } } : capabilities })
  if (asked === undefined) return client
  clients.set(asked.client, client)
  client.kept = client.kept.filter(({ n }) => n > (resumed ? asked.after : 0))
  for (const frame of client.kept) client.write(frame)
  for (const { sessionId, seq } of resumed ? [] : (asked.positions ?? [])) {
    if (sessions.has(sessionId)) sessions.get(sessionId).attach(client, seq)
    else client.number({ type: 'gap', sessionId, reason: 'unknown-session' })
  }
  return client
}

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: MAX_FRAME_BYTES })
server.on('headers', (lines) => lines.push(`Acp-Connection-Id: ${random()}`))
server.on('connection', (socket, { headers }) => {
  let isIn = TOKEN === undefined || headers.authorization === `Bearer ${TOKEN}`
  let client
  const refuse = (code, message) => socket.send(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code, message } }))
  socket.on('error', () => {})
  socket.on('close', (code) => client?.socket === socket && code === 1000 && clients.delete(client.name))
  socket.on('message', (data) => {
    let frame
    try {
      frame = JSON.parse(String(data))
    } catch {
      return refuse(-32_700, 'not JSON')
    }
    if (Array.isArray(frame)) return refuse(-32_600, 'no batches')
    if (frame.type === 'auth') isIn ||= frame.token === TOKEN
    if (!isIn) return socket.close(4401, 'no credential')
    if (frame.type === 'auth') return
    if (String(frame.id).length > MAX_ID_CHARS) return socket.close(1008, 'an id is too long')
    if (client === undefined && frame.method !== 'initialize') return socket.close(1002, 'initialize comes first')
    if (client === undefined) client = enter(socket, frame)
    else if (client.name === undefined) client.take(frame)
    else client.frame(frame)
  })
})
server.on('listening', () => console.log(`ws://127.0.0.1:${server.address().port}`))
