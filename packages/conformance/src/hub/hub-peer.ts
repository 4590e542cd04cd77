import { isCount, type Json, objectOf, readJson, textsOf } from '../checking/json.ts'
import { expectThat, NotApplicable, shown } from '../checking/mismatch.ts'
import { Socket } from '../checking/socket.ts'
import type { ServerTarget } from '../checking/target.ts'

/** What is asked of the address. */
export type Query = Readonly<Record<string, string>>

/** One connection to a hub. */
export class HubPeer {
  readonly socket: Socket<Json>
  init: Json = {}
  #count = 0

  constructor(url: string, { token, timeoutMs, clock }: ServerTarget) {
    // In the header as well as in the first frame: a server may wait for that for a few seconds only, and this machine may be busy.
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    this.socket = new Socket<Json>(url, { headers, timeoutMs, clock, read: (data) => readJson(String(data)) })
    void this.socket.opened().then((isOpen) => {
      if (isOpen && token !== undefined) this.send({ authorization: token })
    })
  }

  get frames(): readonly Json[] {
    return this.socket.frames.all
  }

  /** Resolves when it is in. @throws Mismatch */
  async accepted(): Promise<this> {
    this.init = await this.type('init')
    return this
  }

  send(message: Json): void {
    this.socket.send(JSON.stringify(message))
  }

  next(fits: (frame: Json) => boolean, expected: string): Promise<Json> {
    return this.socket.frames.next(fits, expected)
  }

  /** The next message of a type. */
  type(type: string): Promise<Json> {
    return this.next((frame) => frame['type'] === type, `a message of type ${type}`)
  }

  /** The offer. @throws Mismatch where the server makes none */
  get offer(): Json {
    const offer = this.init['holdfast']
    expectThat(offer !== undefined, 'init.holdfast, for a client that asked with resume=1', this.init)
    return objectOf(offer)
  }

  /** What the server remembers of this client. @throws NotApplicable at a server of version 1 */
  get sender(): Json {
    const { offer } = this
    if (offer['v'] === 1) throw new NotApplicable('the server speaks version 1 alone')
    expectThat(offer['sender'] !== undefined, 'init.holdfast.sender, for a client that may send', offer)
    return objectOf(offer['sender'])
  }

  /** Where the stream starts, as `after=` says it. */
  get position(): string {
    return this.positionAt(this.offer)
  }

  /** `{epoch}.{seq}.{anchor}` of a message of the log. */
  positionAt(message: Json): string {
    return `${this.offer['epoch']}.${message['seq']}.${message['anchor'] ?? ''}`
  }

  /** Everything that the server sent before the answer has come when it resolves. */
  async settled(): Promise<void> {
    const timestamp = ++this.#count
    this.send({ type: 'ping', timestamp })
    await this.next(
      ({ type, echoedTimestamp }) => type === 'pong' && (echoedTimestamp ?? timestamp) === timestamp,
      'a pong for a ping',
    )
  }

  /** Resolves when the ids are acknowledged. @throws Mismatch */
  async acked(...ids: readonly string[]): Promise<void> {
    const left = new Set(ids)
    let read = 0
    await this.socket.frames.until(
      (frames) => {
        for (; read < frames.length; read++) for (const id of ackedIn(frames[read] ?? {})) left.delete(id)
        return left.size === 0
      },
      `{"type":"acked"} for ${shown(ids)}`,
    )
  }

  /** Events of the log that came so far. */
  get events(): readonly Json[] {
    return this.frames.filter(({ type, seq }) => type === 'broadcast' && isCount(seq))
  }

  /** What the events say that this tool published. */
  get texts(): readonly unknown[] {
    return this.events.map(({ data }) => objectOf(data)['text']).filter((text) => text !== undefined)
  }

  /** Resolves when an event of this tool has come. */
  event(text: string): Promise<Json> {
    return this.next(({ data }) => objectOf(data)['text'] === text, `the event ${JSON.stringify(text)}`)
  }

  drop(): void {
    this.socket.drop()
  }
}

function ackedIn({ type, ids }: Json): readonly string[] {
  return type === 'acked' ? textsOf(ids) : []
}
