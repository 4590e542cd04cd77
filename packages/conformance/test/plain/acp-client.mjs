// A client of ACP with the resume extension, in plain JavaScript, written from docs/wire/acp.md. It reads what to do from lines of its
// standard input, and writes what came as lines of its output (`holdfast-conformance --help`).
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'

const { HOLDFAST_URL, HOLDFAST_TOKEN } = process.env
const RETRY_MS = 100
const ACK_MESSAGES = 256
const say = (line) => console.log(JSON.stringify(line))

class PlainClient {
  client = randomBytes(9).toString('hex')
  last = 0 // the number of the last message that came
  places = new Map() // session -> { seq, part } of the last message of it
  before = new Map() // the same, as it was when the numbering was forgotten
  count = 0 // the number of the last message that was written
  kept = [] // frames that may have to be written again
  answers = new Map() // id of a request -> what its answer does
  questions = []
  early = [] // prompts that wait for the session

  connect() {
    const headers = { authorization: `Bearer ${HOLDFAST_TOKEN}` }
    this.socket = new WebSocket(`${HOLDFAST_URL.replace(/^http/, 'ws')}/acp`, { headers })
    this.isOpen = false
    this.socket.on('error', () => {})
    this.socket.on('open', () => this.initialize())
    this.socket.on('message', (data) => this.take(JSON.parse(String(data))))
    this.socket.on('close', () => setTimeout(() => this.connect(), RETRY_MS))
  }

  write(frame) {
    if (this.socket.readyState === 1) this.socket.send(JSON.stringify(frame))
  }

  initialize() {
    const positions = [...this.places].map(([sessionId, { seq }]) => ({ sessionId, seq: Math.max(0, seq - 1) }))
    const where = this.epoch === undefined ? {} : { epoch: this.epoch, after: this.last, positions }
    const _meta = { holdfast: { v: 1, client: this.client, ...where } }
    const params = { protocolVersion: 1, clientCapabilities: {}, _meta }
    this.write({ jsonrpc: '2.0', id: 'initialize', method: 'initialize', params })
  }

  accepted({ _meta }) {
    const isFirst = !this.hasBegun
    this.hasBegun = true
    this.offer = _meta?.holdfast
    if (this.offer !== undefined && !this.offer.resumed) {
      this.before = new Map(this.places)
      this.last = 0
    }
    this.epoch = this.offer?.epoch
    this.isOpen = true
    for (const frame of this.kept) this.write(this.offer === undefined ? frame.message : frame)
    if (isFirst) this.ask('session/new', { cwd: '/', mcpServers: [] }, ({ result }) => this.begin(result))
  }

  begin({ sessionId }) {
    this.sessionId = sessionId
    if (!this.places.has(sessionId)) this.places.set(sessionId, { seq: 0, part: 0 })
    for (const text of this.early.splice(0)) this.prompt(text)
  }

  take(frame) {
    if (frame.id === 'initialize' && frame.result !== undefined) return this.accepted(frame.result)
    if (this.offer === undefined) return frame.jsonrpc && this.message(frame)
    if (frame.type === 'message' || frame.type === 'gap') return this.numbered(frame)
    if (frame.type === 'ping') this.write({ type: 'pong', through: this.last })
    if (Number.isInteger(frame.through)) this.acknowledged(frame.through)
  }

  numbered({ type, n, from, message }) {
    if (n <= this.last) return
    if (n > this.last + 1) return this.socket.terminate()
    this.last = n
    if (n % ACK_MESSAGES === 0) this.write({ type: 'ack', through: n })
    if (type === 'gap') return say({ gap: true })
    if (from === undefined || this.isNew(from)) this.message(message)
  }

  /** False: it had come under the numbering before. */
  isNew({ sessionId, seq, part = 0 }) {
    const before = this.before.get(sessionId)
    if (before !== undefined && (seq < before.seq || (seq === before.seq && part <= before.part))) return false
    this.places.set(sessionId, { seq, part })
    return true
  }

  /** Requests are kept until they are answered. */
  acknowledged(through) {
    this.kept = this.kept.filter(({ n, message }) => n > through || this.answers.has(message.id))
  }

  message({ id, method, params, ...answer }) {
    if (method === undefined) return this.answered(id, answer)
    const { sessionUpdate, content } = params?.update ?? {}
    if (sessionUpdate === 'agent_message_chunk') say({ event: content.text })
    if (method === '$/cancel_request') this.questions = this.questions.filter((one) => one !== params.requestId)
    if (method !== 'session/request_permission' || this.questions.includes(id)) return
    this.questions.push(id)
    say({ question: params.toolCall.title })
  }

  answered(id, answer) {
    const settle = this.answers.get(id)
    this.answers.delete(id)
    this.kept = this.kept.filter(({ message }) => message.id !== id || message.method === undefined)
    settle?.(answer)
  }

  ask(method, params, settle) {
    const id = `request-${this.count + 1}`
    this.answers.set(id, settle)
    if (this.send({ jsonrpc: '2.0', id, method, params })) return
    this.answered(id, { error: { message: 'too large' } })
  }

  /** Under the next number; false: it is larger than the server takes. */
  send(message) {
    const frame = { type: 'message', n: this.count + 1, message }
    if (Buffer.byteLength(JSON.stringify(frame)) > (this.offer?.maxFrameBytes ?? Number.POSITIVE_INFINITY)) return false
    this.count += 1
    this.kept.push(frame)
    if (this.isOpen) this.write(this.offer === undefined ? message : frame)
    return true
  }

  prompt(text) {
    if (this.sessionId === undefined) return this.early.push(text)
    const params = { sessionId: this.sessionId, prompt: [{ type: 'text', text }] }
    this.ask('session/prompt', params, ({ error }) => say({ send: text, outcome: error ? 'rejected' : 'answered' }))
  }

  answer(optionId) {
    const id = this.questions.shift()
    this.send({ jsonrpc: '2.0', id, result: { outcome: { outcome: 'selected', optionId } } })
  }
}

const client = new PlainClient()
client.connect()
const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const { send, answer } = JSON.parse(line)
  if (send === undefined) client.answer(answer)
  else client.prompt(send)
})
lines.on('close', () => process.exit())
