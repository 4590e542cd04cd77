// A client of the resume extension over the hub's wire, in plain JavaScript, written from docs/wire/resume-extension.md. It reads
// what to send from lines of its standard input, and writes what came as lines of its output (`holdfast-conformance --help`).
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'

const { HOLDFAST_URL, HOLDFAST_SESSION, HOLDFAST_ROLE, HOLDFAST_TOKEN } = process.env
const STUCK_MS = 2_000
const ACK_MS = 500
const RETRY_MS = 100

const say = (line) => console.log(JSON.stringify(line))

export class PlainClient {
  instance = randomBytes(9).toString('hex')
  seq = 0
  last = 0 // the number of the last message that came: marks do not move it
  messages = [] // { id, text, n?, isWritten }: in order, until they are answered
  count = 0

  connect() {
    const [sessionId, role, { instance }] = [HOLDFAST_SESSION, HOLDFAST_ROLE, this]
    const query = new URLSearchParams({ sessionId, role, resume: '1', v: '2', instance })
    if (!this.messages.some(({ n }) => n !== undefined)) query.set('fresh', '1')
    if (this.epoch !== undefined) query.set('after', `${this.epoch}.${this.seq}.${this.anchor}`)
    this.isOpen = false
    const socket = new WebSocket(`${HOLDFAST_URL.replace(/^http/, 'ws')}/api/ws?${query}`)
    this.socket = socket
    socket.on('error', () => {})
    socket.on('open', () => this.write({ authorization: HOLDFAST_TOKEN }))
    socket.on('message', (data) => this.take(JSON.parse(String(data))))
    socket.on('close', () => {
      this.offer = undefined
      this.isOpen = false
      clearTimeout(this.stuck)
      setTimeout(() => this.connect(), RETRY_MS)
    })
  }

  write(message) {
    this.socket.send(JSON.stringify(message))
  }

  take(message) {
    const { type, seq } = message
    if (type === 'init') return this.accepted(message.holdfast)
    if (type === 'protocol_error') return this.over(message.id, 'rejected')
    if (type === undefined && Array.isArray(message.actions)) this.over(message.id, 'answered')
    if (this.offer === undefined) return type === 'broadcast' && say({ event: message.data.text })
    if (type === 'live') return seq >= this.seq && this.moveTo(message)
    if (type === 'mark') return this.marked(message)
    if (type === 'gap') return this.gap(message)
    if (type === 'session_hydration') return this.expectsState && this.jumpTo(message)
    if (Number.isInteger(seq)) this.event(message)
  }

  accepted(offer) {
    const { sender } = offer ?? {}
    const hadNumbers = this.messages.some(({ n }) => n !== undefined)
    this.offer = offer
    if (offer !== undefined && (!offer.resumed || this.epoch === undefined)) {
      if (this.epoch !== undefined) say({ gap: true })
      this.epoch = offer.epoch
      this.jumpTo(offer)
    }
    this.last = this.seq
    if (offer?.resumed === false || (hadNumbers && sender?.known !== true)) this.doubt(({ isWritten }) => isWritten)
    else if (sender !== undefined) this.doubt(({ n }) => n < sender.answersFrom && n <= sender.highest)
    if (HOLDFAST_ROLE === 'controller') this.write({ type: 'bootstrap_ready' })
    this.isOpen = true
    for (const message of [...this.messages]) this.dispatch(message)
  }

  doubt(which) {
    for (const { id } of this.messages.filter(which)) this.over(id, 'in doubt')
  }

  event(message) {
    const { seq, prev } = message
    if (seq <= this.seq) return
    const isMissing = prev === undefined ? seq - 1 > this.seq : prev > this.last
    if (isMissing && this.replayedAt !== this.seq) {
      this.replayedAt = this.seq
      return this.socket.terminate()
    }
    if (isMissing) say({ gap: true })
    this.jumpTo(message)
    if (message.type === 'broadcast') say({ event: message.data.text })
    this.ackTimer ??= setTimeout(() => {
      this.ackTimer = undefined
      if (this.isOpen && this.offer !== undefined) this.write({ type: 'ack', seq: this.seq })
    }, ACK_MS)
  }

  marked({ prev, ...place }) {
    const isWhole = prev === undefined ? HOLDFAST_ROLE !== 'observer' : prev <= this.last
    if (isWhole && place.seq > this.seq) this.moveTo(place)
    if (!isWhole) this.stuck = setTimeout(() => this.seq < place.seq && this.socket.terminate(), STUCK_MS)
  }

  gap({ to }) {
    say({ gap: true })
    this.expectsState = true
    if (to > this.seq) this.jumpTo({ seq: to })
  }

  moveTo({ seq, anchor = '' }) {
    Object.assign(this, { seq, anchor })
  }

  jumpTo(place) {
    if (!Number.isInteger(place.seq)) return
    this.expectsState = false
    this.moveTo(place)
    this.last = place.seq
  }

  send(text) {
    const message = { id: `${this.instance.slice(0, 8)}.${++this.count}`, text, seq: this.count, isWritten: false }
    this.messages.push(message)
    if (this.isOpen) this.dispatch(message)
  }

  /** Writes a message: under its number, where the server remembers numbers. */
  dispatch(message) {
    const { id, text } = message
    if (message.isWritten && this.offer === undefined) return this.over(id, 'in doubt')
    if (this.offer?.sender !== undefined) message.n ??= message.seq
    const { n } = message
    const done = Math.min(this.messages[0].seq, n ?? 0) - 1
    const frame = { type: 'command', id, name: 'conformance', args: text, ...(n === undefined ? {} : { n, done }) }
    const maxBytes = this.offer?.limits?.maxFrameBytes ?? Number.POSITIVE_INFINITY
    if (Buffer.byteLength(JSON.stringify(frame)) > maxBytes) return this.over(id, 'rejected')
    message.isWritten = true
    this.write(frame)
  }

  over(id, outcome) {
    const at = this.messages.findIndex((message) => message.id === id)
    if (at < 0) return
    const [{ text }] = this.messages.splice(at, 1)
    say({ send: text, outcome })
  }
}

const client = new PlainClient()
client.connect()
const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => client.send(JSON.parse(line).send))
lines.on('close', () => process.exit())
