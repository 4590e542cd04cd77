import { type ServerLink, ServerLinks } from './server-links.ts'

/** A record of the session: an event for all, or an answer for one client. */
interface HubRecord {
  readonly seq: number
  readonly text: string
  readonly answer?: { readonly client: string; readonly id: string }
}

interface HubMember {
  readonly client: string
  readonly isController: boolean
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
    return this.log.filter(({ answer }) => answer === undefined).map(({ text }) => text)
  }

  add(text: string, answer?: HubRecord['answer']): void {
    const record = { seq: this.log.length + 1, text, ...(answer && { answer }) }
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
    const member = { client, isController, patterns, sent: seq, isLive: true }
    const offer = { v: 1, epoch: isController ? `${LOG}-${client}` : LOG, seq, resumed }
    tell(link, { type: 'init', role: isController ? 'controller' : 'observer', sessionId: 's1', holdfast: offer })
    this.#members.set(link, member)
    if (!resumed && !isController) this.#hydrate(link, member)
    if (resumed) for (const record of this.log.slice(seq)) this.#give(link, member, record)
    if (!resumed && isController) member.isLive = false
  }

  #hydrate(link: ServerLink, member: HubMember): void {
    const entries = this.log.flatMap(({ seq, text, answer }) =>
      answer ? [] : [{ type: 'message', timestamp: 0, content: text, sequence: seq }],
    )
    member.isLive = true
    member.sent = this.log.length
    tell(link, { type: 'session_hydration', sessionId: 's1', resumedAt: 0, entries, seq: this.log.length })
  }

  #give(link: ServerLink, member: HubMember, { seq, text, answer }: HubRecord): void {
    const prev = member.sent
    if (answer === undefined) {
      const [event = ''] = text.split(' ')
      const { patterns } = member
      if (patterns.length > 0 && !patterns.includes('*') && !patterns.includes(event)) return
      const common = { event, category: event, data: { text }, sessionId: 's1', timestamp: 0 }
      tell(link, { type: 'broadcast', ...common, seq, prev })
    } else {
      if (answer.client !== member.client) return
      tell(link, { id: answer.id, actions: [{ action: 'RETURN', result: text }], seq, prev })
    }
    member.sent = seq
  }

  #came(link: ServerLink, message: Record<string, unknown>): void {
    const member = this.#members.get(link)
    if (member === undefined) return
    const id = String(message['mid'] ?? message['id'])
    switch (message['type']) {
      case 'ping':
        return tell(link, { type: 'pong', timestamp: 0 })
      case 'bootstrap_ready':
        if (!member.isLive) this.#hydrate(link, member)
        return
      case 'subscribe':
        member.patterns = (message['patterns'] as readonly string[]) ?? []
        this.subscriptions.push(member.patterns.join())
        return
      case 'command':
        this.#command(member, id, String(message['args']))
        return tell(link, { type: 'acked', ids: [id] })
      case 'rpc_command':
        if (!this.#ids.has(id)) this.said.push(String(Object(message['command']).text))
        this.#ids.add(id)
        return tell(link, { type: 'acked', ids: [id] })
    }
  }

  /** The lead answers after a while; an answer that is there is repeated. */
  #command({ client }: HubMember, id: string, args: string): void {
    if (this.#ids.has(`${client} ${id}`)) {
      const record = this.log.find(({ answer }) => answer?.id === id && answer.client === client)
      for (const [link, member] of this.#members)
        if (record !== undefined && member.client === client && member.isLive)
          tell(link, {
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

function tell(link: ServerLink, message: object): void {
  link.send(JSON.stringify(message))
}
