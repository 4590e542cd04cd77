import { type ServerLink, ServerLinks } from './server-links.ts'

/** A record of the session: an event for all, an answer for one client, or something of the driver. */
interface HubRecord {
  readonly seq: number
  readonly text: string
  readonly answer?: { readonly client: string; readonly id: string }
  readonly rpc?: RpcRecord
}

interface RpcRecord {
  readonly message: { readonly type: string; readonly [field: string]: unknown }
  /** One client, and not all controllers. */
  readonly client?: string
  /** The connection that said it gets it no more. */
  readonly from?: string
}

interface HubMember {
  readonly client: string
  /** Another one after the page of a client has changed. */
  readonly instance: string
  readonly isController: boolean
  /** What the driver asked up to here, and is unanswered, it is asked behind the state. */
  askedThrough: number
  patterns: readonly string[]
  /** Number of the record that it was sent last. */
  sent: number
  isLive: boolean
}

const LOG = 'log'

/** One session of a hub, as far as tabs need it: hub §2–§4 and the first version of §11. Requests have one effect for each id. */
export class HubServer {
  readonly log: HubRecord[] = []
  /** `args` of the commands that were carried out. */
  readonly done: string[] = []
  /** Texts of what was said without a question. */
  readonly said: string[] = []
  readonly links: ServerLinks
  /** What the hub was asked to send, newest last. */
  readonly subscriptions: string[] = []
  /** Questions of the driver that were answered: the first answers. */
  readonly answers: { readonly id: string; readonly result: unknown }[] = []
  readonly #members = new Map<ServerLink, HubMember>()
  readonly #ids = new Set<string>()
  readonly #later: (run: () => void) => void
  #names = 0

  /** `later` runs what the lead of the session does. */
  constructor(latency: () => number, later: (run: () => void) => void) {
    this.#later = later
    this.links = new ServerLinks(latency, {
      opened: (link) => this.#opened(link),
      came: (link, frame) => this.#came(link, JSON.parse(frame)),
      left: (link) => this.#members.delete(link),
    })
  }

  get events(): string[] {
    return this.log.filter(isEvent).map(({ text }) => text)
  }

  add(text: string, answer?: HubRecord['answer']): void {
    this.#append({ text, ...(answer && { answer }) })
  }

  /** The driver asks a person. */
  ask(id: string): void {
    this.#append({ text: id, rpc: { message: { type: 'rpc_ui_request', id, method: 'confirm', params: {} } } })
  }

  #append(given: Omit<HubRecord, 'seq'>): void {
    const record = { seq: this.log.length + 1, ...given }
    this.log.push(record)
    for (const [link, member] of this.#members) if (member.isLive) this.#give(link, member, record)
  }

  // ---- a connection -----------------------------------------------------------------------------

  #opened(link: ServerLink): void {
    const query = new URL(link.url).searchParams
    const [epoch = '', digits = ''] = (query.get('after') ?? '').split('.')
    const [log, name] = epoch.split('-')
    const isController = query.get('role') === 'controller'
    const resumed = log === LOG
    const client = !isController ? '' : (name ?? `c${++this.#names}`)
    const seq = resumed ? Number(digits) : this.log.length
    const patterns = (query.get('subscribe') ?? '').split(',').filter((pattern) => pattern !== '')
    const instance = query.get('instance') ?? ''
    const member = { client, instance, isController, patterns, sent: seq, askedThrough: seq, isLive: true }
    const offer = { v: 1, epoch: isController ? `${LOG}-${client}` : LOG, seq, resumed }
    send(link, { type: 'init', role: isController ? 'controller' : 'observer', sessionId: 's1', holdfast: offer })
    this.#members.set(link, member)
    if (!resumed && !isController) this.#hydrate(link, member)
    if (resumed) for (const record of this.log.slice(seq)) this.#give(link, member, record)
    if (!resumed && isController) member.isLive = false
  }

  #hydrate(link: ServerLink, member: HubMember): void {
    const entries = this.log.flatMap((record) =>
      isEvent(record) ? [{ type: 'message', timestamp: 0, content: record.text, sequence: record.seq }] : [],
    )
    member.isLive = true
    member.askedThrough = this.log.length
    member.sent = this.log.length
    send(link, { type: 'session_hydration', sessionId: 's1', resumedAt: 0, entries, seq: this.log.length })
  }

  #isAnswered(id: unknown): boolean {
    return this.answers.some((answer) => answer.id === id)
  }

  #asksAgain(link: ServerLink, { askedThrough }: HubMember): void {
    for (const { seq, rpc } of this.log.slice(0, askedThrough))
      if (rpc?.message.type === 'rpc_ui_request' && !this.#isAnswered(rpc.message['id']))
        send(link, { ...rpc.message, again: seq })
  }

  #isRpcFor(member: HubMember, { message, client, from }: RpcRecord): boolean {
    if (client !== undefined) return client === member.client
    const isOver = message.type === 'rpc_ui_request' && this.#isAnswered(message['id'])
    return member.isController && !isOver && from !== member.instance
  }

  #give(link: ServerLink, member: HubMember, { seq, text, answer, rpc }: HubRecord): void {
    const prev = member.sent
    if (rpc !== undefined) {
      if (!this.#isRpcFor(member, rpc)) return
      send(link, { ...rpc.message, seq, prev })
    } else if (answer === undefined) {
      const [event = ''] = text.split(' ')
      const { patterns } = member
      if (patterns.length > 0 && !patterns.includes('*') && !patterns.includes(event)) return
      const common = { event, category: event, data: { text }, sessionId: 's1', timestamp: 0 }
      send(link, { type: 'broadcast', ...common, seq, prev })
    } else {
      if (answer.client !== member.client) return
      send(link, { id: answer.id, actions: [{ action: 'RETURN', result: text }], seq, prev })
    }
    member.sent = seq
  }

  #came(link: ServerLink, message: Record<string, unknown>): void {
    const member = this.#members.get(link)
    if (member === undefined) return
    const id = String(message['mid'] ?? message['id'])
    switch (message['type']) {
      case 'ping':
        return send(link, { type: 'pong', timestamp: 0 })
      case 'bootstrap_ready':
        if (!member.isLive) this.#hydrate(link, member)
        return this.#asksAgain(link, member)
      case 'subscribe':
        member.patterns = (message['patterns'] as readonly string[]) ?? []
        this.subscriptions.push(member.patterns.join())
        return
      case 'command':
        this.#command(member, id, String(message['args']))
        return send(link, { type: 'acked', ids: [id] })
      case 'rpc_command':
        if (!this.#ids.has(id)) this.#commands(member, Object(message['command']))
        this.#ids.add(id)
        return send(link, { type: 'acked', ids: [id] })
      case 'rpc_ui_response':
        if (!this.#ids.has(id)) this.#answered(member, message)
        this.#ids.add(id)
        return send(link, { type: 'acked', ids: [id] })
    }
  }

  /** The driver responds to a command that has an id. */
  #commands({ client }: HubMember, { id, text }: { readonly id?: unknown; readonly text?: unknown }): void {
    this.said.push(String(text))
    const message = { type: 'rpc_response', response: { id, text: `did ${text}` } }
    if (id !== undefined) this.#later(() => this.#append({ text: '', rpc: { message, client } }))
  }

  /** The first answer counts. */
  #answered({ instance: from }: HubMember, { id, result }: Record<string, unknown>): void {
    if (this.#isAnswered(id)) return
    this.answers.push({ id: String(id), result })
    this.#append({ text: '', rpc: { message: { type: 'rpc_ui_response', id, result }, from } })
  }

  /** The lead answers after a while; an answer that is there is repeated. */
  #command({ client }: HubMember, id: string, args: string): void {
    if (this.#ids.has(`${client} ${id}`)) {
      const record = this.log.find(({ answer }) => answer?.id === id && answer.client === client)
      for (const [link, member] of this.#members)
        if (record !== undefined && member.client === client && member.isLive)
          send(link, {
            id,
            actions: [{ action: 'RETURN', result: record.text }],
            seq: record.seq,
            prev: record.seq - 1,
          })
      return
    }
    this.#ids.add(`${client} ${id}`)
    this.done.push(args)
    this.#later(() => this.add(`did ${args}`, { client, id }))
  }
}

function isEvent({ answer, rpc }: HubRecord): boolean {
  return answer === undefined && rpc === undefined
}

function send(link: ServerLink, message: object): void {
  link.send(JSON.stringify(message))
}
