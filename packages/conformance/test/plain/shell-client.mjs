// A client of shells with the resume extension, in plain JavaScript, written from docs/wire/resume-extension.md and the messages of
// shells. It reads what to type from lines of its standard input, and writes what came as lines of its output.
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'

const { HOLDFAST_URL, HOLDFAST_SHELL, HOLDFAST_TOKEN } = process.env
const [STDIN, STDOUT, STATUS, ACK, CTRL] = [0x00, 0x01, 0x03, 0xf0, 0xf1]
const RETRY_MS = 100
const ACK_BYTES = 16_384
const IDLE_MS = 20
const KICKED = 4000
/** Closes after which nobody comes back (shell §3). */
const FINAL = [1000, 1003, KICKED, 4003, 4004, 4008, 4010]
const say = (line) => console.log(JSON.stringify(line))
const exitCodeIn = ({ status, details }) =>
  status === 'Success' ? 0 : Number(details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message)

class PlainShell {
  instance = randomBytes(9).toString('hex')
  offer = undefined
  next = 0 // the offset of the byte of output that is wanted
  at = 0 // … and of the one that the connection brings
  acked = 0
  held = Buffer.alloc(0) // input that is not acknowledged
  base = 0 // the offset at which it begins
  texts = [] // { text, end }: what was given to send, and where it ends

  connect() {
    const query = new URLSearchParams({ shellId: HOLDFAST_SHELL, screen: 'none', instance: this.instance })
    if (this.offer !== undefined) {
      query.set('lease', this.offer.lease)
      query.set('epoch', this.offer.epoch)
      query.set('received', this.next)
    }
    const headers = { authorization: `Bearer ${HOLDFAST_TOKEN}` }
    this.socket = new WebSocket(`${HOLDFAST_URL.replace(/^http/, 'ws')}/shells?${query}`, { headers })
    this.isOpen = false
    this.socket.on('error', () => {})
    this.socket.on('message', (data) => this.take(data[0], data.subarray(1)))
    this.socket.on('close', (code) => this.closed(code))
  }

  closed(code) {
    this.isOpen = false
    clearTimeout(this.idle)
    this.idle = undefined
    if (this.exit !== undefined) return say({ ended: `exited ${this.exit}` })
    if (FINAL.includes(code)) return say({ ended: code === KICKED ? 'kicked' : 'lost' })
    setTimeout(() => this.connect(), RETRY_MS)
  }

  write(channel, payload) {
    if (this.socket.readyState === 1) this.socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(payload)]))
  }

  take(channel, payload) {
    if (channel === STATUS) return this.status(JSON.parse(String(payload)))
    if (channel === STDOUT) return this.output(payload)
    if (channel === ACK) return this.typed(Number(payload.readBigUInt64BE()))
    if (channel !== CTRL) return
    const { type, to } = JSON.parse(String(payload))
    if (type === 'gap') this.continueAt(to)
  }

  status({ metadata, ...status }) {
    if (metadata?.shellId === undefined) this.exit = exitCodeIn(status)
    else this.attached(metadata)
  }

  attached({ holdfast, reconnected }) {
    const isOther = this.offer !== undefined && (!reconnected || holdfast?.epoch !== this.offer.epoch)
    if (isOther) this.reject()
    if (isOther || this.offer === undefined) this.next = holdfast?.out ?? 0
    this.offer = holdfast
    this.isOpen = true
    if (holdfast === undefined) return this.type(0)
    this.write(CTRL, JSON.stringify({ type: 'hello', lease: holdfast.lease, in: this.base, instance: this.instance }))
    this.continueAt(holdfast.out)
    this.type(Math.max(0, holdfast.in - this.base))
  }

  /** The connection goes on here: what is between is missing. */
  continueAt(offset) {
    this.at = offset
    if (offset > this.next) say({ gap: offset - this.next })
    this.next = Math.max(this.next, offset)
    this.acknowledgeSoon()
  }

  output(payload) {
    const fresh = payload.subarray(Math.min(payload.length, Math.max(0, this.next - this.at)))
    this.at += payload.length
    this.next += fresh.length
    if (fresh.length > 0) say({ event: String(fresh) })
    if (this.next - this.acked >= ACK_BYTES) this.acknowledge()
    else this.acknowledgeSoon()
  }

  acknowledgeSoon() {
    this.idle ??= setTimeout(() => this.acknowledge(), IDLE_MS)
  }

  acknowledge() {
    clearTimeout(this.idle)
    this.idle = undefined
    if (this.offer === undefined || !this.isOpen) return
    this.acked = this.next
    const offsets = Buffer.alloc(16)
    for (const at of [0, 8]) offsets.writeBigUInt64BE(BigInt(this.next), at)
    this.write(ACK, offsets)
  }

  send(text) {
    const from = this.held.length
    this.held = Buffer.concat([this.held, Buffer.from(text)])
    this.texts.push({ text, end: this.base + this.held.length })
    if (this.isOpen) this.type(from)
  }

  /** Types what is held, from here on, in messages that the server takes. */
  type(from) {
    const step = (this.offer?.maxFrame ?? 65_536) - 1
    for (let at = from; at < this.held.length; at += step) this.write(STDIN, this.held.subarray(at, at + step))
  }

  typed(offset) {
    this.held = this.held.subarray(Math.max(0, offset - this.base))
    this.base = Math.max(this.base, offset)
    while (this.texts[0]?.end <= offset) say({ send: this.texts.shift().text, outcome: 'acknowledged' })
  }

  reject() {
    this.held = Buffer.alloc(0)
    this.base = 0
    for (const { text } of this.texts.splice(0)) say({ send: text, outcome: 'rejected' })
  }
}

const shell = new PlainShell()
shell.connect()
const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => shell.send(JSON.parse(line).send))
lines.on('close', () => process.exit())
