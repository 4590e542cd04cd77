import type { AcpOrigin, AcpPosition, AcpResumeOffer, AcpResumeRequest } from '@holdfast/protocol/acp'
import { ACP_STREAM_DEFAULTS } from './options.ts'

/** What is to be done with a message that came under a number. */
export type Arrival = 'deliver' | 'duplicate' | 'missing'

interface Place {
  readonly seq: number
  readonly part?: number | undefined
}

/** How far a client is: the numbering of the gateway, and the records of the sessions behind it. */
export class ResumeState {
  readonly #client: string
  #epoch: string | undefined
  #last = 0
  #acked = 0
  /** Of each session, the last record that has come. */
  readonly #origins = new Map<string, Place>()
  /** What had come before the gateway forgot the numbering: it may come again. */
  readonly #before = new Map<string, Place>()
  /** Sessions that the application has asked for, and gets from their beginning. */
  readonly #loading = new Set<string>()
  /** The server speaks the extension. */
  isOn = false

  /** @param client names the client object: random */
  constructor(client: string) {
    this.#client = client
  }

  /** What the next `initialize` says. */
  request(): AcpResumeRequest {
    const base = { v: 1, client: this.#client } as const
    if (this.#epoch === undefined) return base
    return { ...base, after: this.#last, epoch: this.#epoch, positions: this.#positions() }
  }

  /** What the server said of it. */
  adopt(offer: AcpResumeOffer | undefined): void {
    this.isOn = offer !== undefined
    if (offer === undefined) return
    this.#epoch = offer.epoch
    if (!offer.resumed) this.#forgotten()
    this.#acked = this.#last
  }

  take({ n, from }: { readonly n: number; readonly from?: AcpOrigin | undefined }): Arrival {
    if (n <= this.#last) return 'duplicate'
    if (n > this.#last + 1) return 'missing'
    this.#last = n
    return from !== undefined && !this.#moves(from) ? 'duplicate' : 'deliver'
  }

  /** The number to acknowledge, where so many messages have come since the last time. */
  due(): number | undefined {
    return this.#last - this.#acked < ACP_STREAM_DEFAULTS.ackCount ? undefined : this.through()
  }

  /** Everything that has come, acknowledged by this. */
  through(): number {
    this.#acked = this.#last
    return this.#last
  }

  /** The application asks for a session: what follows is sent from its beginning. */
  loads(sessionId: string): void {
    this.#loading.add(sessionId)
    this.#origins.delete(sessionId)
    this.#before.delete(sessionId)
  }

  /** The answer has come. */
  loaded(sessionId: string): void {
    this.#loading.delete(sessionId)
  }

  /** A session that was just made: everything in it is new. */
  made(sessionId: string): void {
    if (!this.#origins.has(sessionId)) this.#origins.set(sessionId, { seq: 0, part: 0 })
  }

  /** Records that had come are gone from its log: others come under their numbers. */
  rolledBack(sessionId: string): void {
    this.#before.delete(sessionId)
    this.#origins.set(sessionId, { seq: 0, part: 0 })
  }

  /** The session is over for this client. */
  forget(sessionId: string): void {
    this.#origins.delete(sessionId)
    this.#before.delete(sessionId)
  }

  #forgotten(): void {
    this.#last = 0
    for (const [sessionId, place] of this.#origins) this.#before.set(sessionId, place)
  }

  /** False: this record, or this part of it, had come before the gateway forgot. */
  #moves(from: AcpOrigin): boolean {
    const { sessionId, seq, part = 0 } = from
    const before = this.#before.size === 0 ? undefined : this.#before.get(sessionId)
    if (before !== undefined) {
      if (seq < before.seq || (seq === before.seq && part <= (before.part ?? 0))) return false
      this.#before.delete(sessionId)
    }
    this.#origins.set(sessionId, from)
    return true
  }

  /** A record may have more parts than have come: it is sent again, and what has come of it is a duplicate. */
  #positions(): readonly AcpPosition[] {
    const attached = [...this.#origins].filter(([sessionId]) => !this.#loading.has(sessionId))
    return attached.map(([sessionId, { seq }]) => ({ sessionId, seq: Math.max(0, seq - 1) }))
  }
}
