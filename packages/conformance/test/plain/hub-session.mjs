// What the plain hub keeps of a session: its log, and what it must recognise when it is sent again.
import { randomBytes } from 'node:crypto'

export const random = () => randomBytes(8).toString('hex')

/** A session: its log, who is here, and what is remembered of those who send. */
export class Session {
  id = random()
  epoch = random()
  log = [] // { anchor, message, to(client): boolean }
  clients = new Set()
  entries = new Map() // 'name id' -> { text, answer }
  senders = new Map() // 'name instance' -> { highest, numbers: Map of n -> what `entries` has }
  requests = new Map() // id at the lead -> { client, id, entry }

  append(message, to) {
    this.log.push({ anchor: random(), message, to })
    for (const client of this.clients) client.catchUp()
  }

  /** What is said of a place in the log. */
  place(seq) {
    return { seq, anchor: this.log[seq - 1]?.anchor ?? '' }
  }

  /** The memory of a client whose messages are numbered; one that is not kept yet is kept with its first message. */
  sender(name, instance, isFresh) {
    const key = `${name} ${instance}`
    const known = this.senders.get(key)
    const sender = known ?? { highest: 0, numbers: new Map() }
    if (isFresh) this.senders.set(key, sender)
    return { known: known !== undefined, highest: sender.highest, sender, keep: () => this.senders.set(key, sender) }
  }

  /** Once for each id and each number; acknowledged every time. */
  once(client, { n, done: _done, ...message }, id, refuse) {
    const text = JSON.stringify(message)
    const { sender, keep } = (Number.isInteger(n) && client.numbered) || {}
    const key = `${client.name} ${id}`
    const known = sender?.numbers.get(n) ?? this.entries.get(key)
    if (known !== undefined && known.text !== text) return refuse('id_reused')
    if (known === undefined && n <= sender?.highest) return refuse('passed_over')
    const entry = known ?? { text }
    this.entries.set(key, entry)
    if (sender !== undefined) {
      keep()
      sender.highest = Math.max(sender.highest, n)
      sender.numbers.set(n, entry)
    }
    if (known === undefined) this.carryOut(client, message, entry)
    if (client.resumes) client.say({ type: 'acked', ids: [id] })
    if (known?.answer !== undefined) client.say(known.answer)
  }

  carryOut(client, { type, ...message }, entry) {
    const { id, event, data, actions } = message
    const asked = this.requests.get(id)
    if (type === 'event') {
      const common = { category: 'other', sessionId: this.id, timestamp: Date.now() }
      this.append({ type: 'broadcast', event, data, ...common }, (to) => to !== client)
      entry.answer = { id, actions: [{ action: 'ACK' }] }
      client.say(entry.answer)
    } else if (type === 'command') {
      const wireId = random()
      this.requests.set(wireId, { client, id, entry })
      this.append({ type, ...message, id: wireId }, ({ role }) => role === 'lead')
    } else if (actions !== undefined && asked !== undefined) {
      const { name, instance } = asked.client
      asked.entry.answer = { id: asked.id, actions }
      const isSame = (one) => one.name === name && one.instance === instance
      const isGone = () => ![...this.clients].some(isSame)
      this.append(asked.entry.answer, (to) => isSame(to) || (to.name === name && isGone()))
    } else this.append({ type: 'unknown' }, () => false)
  }
}
