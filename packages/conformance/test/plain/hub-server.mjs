// A server of the resume extension over the hub's wire, in plain JavaScript, written from docs/wire/resume-extension.md. It keeps
// everything in memory, has no event stream and no RPC drivers, and remembers senders for as long as it runs.
import { WebSocketServer } from 'ws'
import { random, Session } from './hub-session.mjs'

const MAX_FRAME_BYTES = 1_048_576
const MARK_EVENTS = 500
const EFFECTS = [undefined, 'event', 'command', 'session_entry'] // an answer has no type

class Client {
  skipped = 0

  constructor(socket, session, query) {
    Object.assign(this, {
      socket,
      session,
      role: query.get('role') ?? 'observer',
      instance: query.get('instance') ?? '',
    })
    this.resumes = query.get('resume') === '1'
    this.filter = (query.get('subscribe') ?? '*').split(',')
    const [epoch = '', seq = '', anchor] = (query.get('after') ?? '').split('.')
    const [life, name = random()] = epoch.split('-') // the epoch of a client that sends has its name, too
    this.name = name
    const end = session.log.length
    const isHere = life === session.epoch && /^\d+$/.test(seq) && Number(seq) <= end
    const resumed = isHere && (!anchor || anchor === session.place(Number(seq)).anchor)
    this.at = resumed ? Number(seq) : end
    this.previous = this.at
    this.offer = { v: 1, epoch: session.epoch, ...session.place(this.at), resumed }
    if (!resumed && query.has('after'))
      this.offer.reset = {
        reason: life === session.epoch ? 'rollback' : 'epoch',
        lost: { from: (Number(seq) || 0) + 1 },
      }
    if (this.role !== 'observer') this.offer.epoch += `-${name}`
    if (!this.resumes || query.get('v') !== '2') return
    Object.assign(this.offer, { v: 2, limits: { maxFrameBytes: MAX_FRAME_BYTES } })
    if (this.role === 'observer') return
    this.numbered = session.sender(this.name, this.instance, query.get('fresh') === '1')
    const { known, highest } = this.numbered
    this.offer.sender = { known, highest, answersFrom: 1 }
  }

  say(message) {
    this.socket.send(JSON.stringify(message))
  }

  open() {
    const { session, role, offer } = this
    this.say({ type: 'init', role, sessionId: session.id, ...(this.resumes && { holdfast: offer }) })
    if (role === 'observer' && !offer.resumed) this.hydrate()
    session.clients.add(this)
    this.catchUp()
    if (this.resumes) this.say({ type: 'live', ...session.place(this.at) })
  }

  hydrate() {
    const { session, resumes, at } = this
    const stamp = resumes && session.place(at)
    this.say({ type: 'session_hydration', sessionId: session.id, entries: [], resumedAt: Date.now(), ...stamp })
  }

  /** Sends what the log has and this client has not seen. */
  catchUp() {
    const { session, filter, resumes } = this
    while (this.at < session.log.length) {
      const { message, to } = session.log[this.at++]
      const { seq, anchor } = session.place(this.at)
      const isWanted = filter.includes('*') || message.event === undefined || filter.includes(message.event)
      if (to(this) && isWanted) {
        const needsPrev = !filter.includes('*') || this.previous !== seq - 1
        this.say({ ...message, seq, ...(resumes && { anchor, ...(needsPrev && { prev: this.previous }) }) })
        this.previous = seq
        this.skipped = 0
      } else if (resumes && ++this.skipped >= MARK_EVENTS) {
        this.skipped = 0
        this.say({ type: 'mark', seq, anchor, prev: this.previous })
      }
    }
  }

  take(message) {
    const { type, timestamp } = message
    const id = message.mid ?? message.id
    const refuse = (code) => this.say({ type: 'protocol_error', code, message: code, id, timestamp: Date.now() })
    if (type === 'ping') this.say({ type: 'pong', timestamp: Date.now(), echoedTimestamp: timestamp })
    else if (type === 'bootstrap_ready') this.hydrate()
    else if (type === 'ack' || type === 'subscribe' || (type === undefined && 'authorization' in message)) return
    else if (this.role === 'observer') refuse('forbidden_message')
    else if (EFFECTS.includes(type)) this.session.once(this, message, id, refuse)
    else refuse('unknown_type')
  }
}

// What clients must send in their first frame; nothing: everybody may come in.
const { TOKEN } = process.env
const sessions = new Map()
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: MAX_FRAME_BYTES })
server.on('connection', (socket, { url }) => {
  const { searchParams: query } = new URL(url, 'ws://plain')
  const enter = () => {
    const wanted = query.get('sessionId')
    const session = wanted === null && query.get('role') === 'lead' ? new Session() : sessions.get(wanted)
    if (session === undefined) return socket.close(4404, 'no such session')
    sessions.set(session.id, session)
    const client = new Client(socket, session, query)
    socket.on('message', (data) => client.take(JSON.parse(String(data))))
    socket.on('close', () => session.clients.delete(client))
    client.open()
  }
  socket.on('error', () => {})
  if (TOKEN === undefined) return enter()
  if (query.get('auth') === 'none') return socket.close(4401, 'no credential')
  socket.once('message', (data) =>
    JSON.parse(String(data)).authorization === TOKEN ? enter() : socket.close(4401, 'not this one'),
  )
})
server.on('listening', () => console.log(`ws://127.0.0.1:${server.address().port}`))
