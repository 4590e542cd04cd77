// A server of the resume extension over the hub's wire, in plain JavaScript, written from docs/wire/resume-extension.md. It keeps
// everything in memory, has no event stream and no RPC drivers, and remembers senders for as long as it runs.
import { createHash, randomBytes } from 'node:crypto'
import { WebSocketServer } from 'ws'

const MAX_FRAME_BYTES = 1_048_576
const MARK_EVENTS = 500
const random = () => randomBytes(8).toString('hex')
const anchorOf = (id) => (id === undefined ? '' : createHash('sha1').update(id).digest('hex').slice(0, 8))
const without = (message, ...names) =>
  Object.fromEntries(Object.entries(message).filter(([name]) => !names.includes(name)))

/** A session: its log, who is here, and what is remembered of those who send. */
class Session {
  id = random()
  epoch = random()
  log = [] // { id, to(client): boolean, message }
  clients = new Set()
  known = new Map() // 'name id' -> { text, n: number in the log, answer }
  senders = new Map() // 'name instance' -> { highest, numbers: Map of n -> what `known` has }
  requests = new Map() // id at the lead -> { name, instance, id, entry }

  append(message, to) {
    this.log.push({ id: random(), message, to })
    for (const client of this.clients) client.catchUp()
  }

  anchor(seq) {
    return anchorOf(this.log[seq - 1]?.id)
  }
}

class Client {
  constructor(socket, session, query) {
    Object.assign(this, { socket, session, query, role: query.get('role') ?? 'observer' })
    this.resumes = query.get('resume') === '1'
    this.isV2 = this.resumes && query.get('v') === '2'
    this.instance = query.get('instance') ?? ''
    this.filter =
      query
        .get('subscribe')
        ?.split(',')
        .filter((name) => name !== '*') ?? []
    const [epoch = '', seq = '', anchor] = (query.get('after') ?? '').split('.')
    const [life, name] = epoch.split('-')
    this.name = name ?? random()
    const { log } = session
    const holds = life === session.epoch && /^\d+$/.test(seq) && Number(seq) <= log.length
    const resumed = holds && (!anchor || anchor === session.anchor(Number(seq)))
    this.at = resumed ? Number(seq) : log.length
    this.previous = this.at
    this.skipped = 0
    const reset = { reason: life === session.epoch ? 'rollback' : 'epoch', lost: { from: (Number(seq) || 0) + 1 } }
    this.isFresh = !resumed
    this.epoch = this.role === 'observer' ? session.epoch : `${session.epoch}-${this.name}`
    this.offer = { v: this.isV2 ? 2 : 1, epoch: this.epoch, seq: this.at, anchor: session.anchor(this.at), resumed }
    if (!resumed && query.has('after')) this.offer.reset = reset
    if (!this.isV2) return
    this.offer.limits = { maxFrameBytes: MAX_FRAME_BYTES }
    if (this.role === 'observer') return
    this.sender = session.senders.get(`${this.name} ${this.instance}`)
    this.offer.sender = { known: this.sender !== undefined, highest: this.sender?.highest ?? 0, answersFrom: 1 }
    if (query.get('fresh') === '1') this.remembered()
  }

  remembered() {
    this.sender ??= { highest: 0, numbers: new Map() }
    this.session.senders.set(`${this.name} ${this.instance}`, this.sender)
    return this.sender
  }

  say(message) {
    this.socket.send(JSON.stringify(message))
  }

  open() {
    const { session, role, offer } = this
    this.say({ type: 'init', role, sessionId: session.id, ...(this.resumes ? { holdfast: offer } : {}) })
    if (role === 'observer' && this.isFresh) this.hydrate()
    session.clients.add(this)
    this.catchUp()
    if (this.resumes) this.say({ type: 'live', seq: this.at, anchor: session.anchor(this.at) })
  }

  hydrate() {
    const stamp = this.resumes ? { seq: this.at, anchor: this.session.anchor(this.at) } : {}
    this.say({ type: 'session_hydration', sessionId: this.session.id, entries: [], resumedAt: Date.now(), ...stamp })
  }

  /** Sends what the log has and this client has not seen. */
  catchUp() {
    for (const { log } = this.session; this.at < log.length; ) {
      const { message, to } = log[this.at++]
      const passes = this.filter.length === 0 || message.event === undefined || this.filter.includes(message.event)
      if (to(this) && passes) {
        const needsPrev = this.filter.length > 0 || this.previous !== this.at - 1
        const stamp = { anchor: this.session.anchor(this.at), ...(needsPrev ? { prev: this.previous } : {}) }
        this.say({ ...message, seq: this.at, ...(this.resumes ? stamp : {}) })
        this.previous = this.at
        this.skipped = 0
      } else if (this.resumes && ++this.skipped >= MARK_EVENTS) {
        this.skipped = 0
        this.say({ type: 'mark', seq: this.at, prev: this.previous, anchor: this.session.anchor(this.at) })
      }
    }
  }

  refuse(code, id) {
    this.say({ type: 'protocol_error', code, message: code, id, timestamp: Date.now() })
  }

  take(message) {
    const { type, timestamp } = message
    if (type === 'ping') return this.say({ type: 'pong', timestamp: Date.now(), echoedTimestamp: timestamp })
    if (type === 'bootstrap_ready') return this.hydrate()
    if (type === 'ack' || type === 'subscribe' || ('authorization' in message && type === undefined)) return
    if (this.role === 'observer') return this.refuse('forbidden_message', message.id)
    if (type !== undefined && !['event', 'command', 'session_entry'].includes(type))
      return this.refuse('unknown_type', message.mid ?? message.id)
    this.effect(message)
  }

  /** Once for each id and each number; acknowledged every time. */
  effect(message) {
    const { n, mid, id } = message
    const { session, name } = this
    const bare = without(message, 'n', 'done')
    const numbers = this.sender?.numbers
    const isNumbered = this.offer.sender !== undefined && Number.isInteger(n)
    const key = `${name} ${mid ?? id}`
    const known = (isNumbered && numbers?.get(n)) || session.known.get(key)
    if (known !== undefined && known.text !== JSON.stringify(bare)) return this.refuse('id_reused', mid ?? id)
    if (known === undefined && isNumbered && n <= (this.sender?.highest ?? 0))
      return this.refuse('passed_over', mid ?? id)
    const entry = known ?? { text: JSON.stringify(bare) }
    session.known.set(key, entry)
    if (isNumbered) {
      const sender = this.remembered()
      sender.highest = Math.max(sender.highest, n)
      sender.numbers.set(n, entry)
    }
    if (known === undefined) this.carryOut(bare, entry)
    if (this.resumes) this.say({ type: 'acked', ids: [mid ?? id] })
    if (known?.answer !== undefined) this.say(known.answer)
  }

  carryOut(message, entry) {
    const { session, name, instance } = this
    const { type, id, event, data, actions } = message
    if (type === 'event') {
      session.append(
        { type: 'broadcast', event, data, category: 'other', sessionId: session.id, timestamp: Date.now() },
        (to) => to !== this,
      )
      entry.answer = { id, actions: [{ action: 'ACK' }] }
      this.say(entry.answer)
    } else if (type === 'command') {
      const wireId = random()
      session.requests.set(wireId, { name, instance, id, entry })
      session.append({ ...message, id: wireId }, ({ role }) => role === 'lead')
    } else if (actions !== undefined && session.requests.has(id)) {
      const asked = session.requests.get(id)
      asked.entry.answer = { id: asked.id, actions }
      const isHere = () =>
        [...session.clients].some((one) => one.name === asked.name && one.instance === asked.instance)
      session.append(
        asked.entry.answer,
        (to) => to.name === asked.name && (to.instance === asked.instance || !isHere()),
      )
    } else session.append({ type: 'unknown' }, () => false)
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
