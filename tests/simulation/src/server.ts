import type { WebSocketChannel } from '@holdfast/core'
import type { MemoryRequest, RefuseOptions, SeededRandom, SimulatedNetwork, VirtualClock } from '@holdfast/testkit'
import type { Trace } from './trace.ts'
import type { ClientFrame, ServerFrame } from './wire.ts'

/** What the server tells the checks. */
export interface ServerWitness {
  /** The application got a message, after the server's own recognition of doubles. */
  arrived(label: string): void
  executed(id: string): void
  broken(what: string): void
}

/** How the server treats who comes. */
export type Manners =
  | { readonly kind: 'normal' }
  /** Accepts and says nothing. */
  | { readonly kind: 'mute' }
  /** Breaks the link right after its welcome: both may arrive in one piece. */
  | { readonly kind: 'dropAfterWelcome' }
  /** Breaks the link this long after its welcome. */
  | { readonly kind: 'dropSoon'; readonly ms: number }
  | { readonly kind: 'refuse'; readonly how: RefuseOptions }
  /** Accepts, then refuses the token in the handshake. */
  | { readonly kind: 'refuseToken' }

interface Peer {
  readonly channel: WebSocketChannel
  current: boolean
}

/** One server with one durable session: it numbers what it gets and what it sends, and sometimes forgets both. */
export class SimulatedServer {
  readonly #clock: VirtualClock
  readonly #random: SeededRandom
  readonly #witness: ServerWitness
  readonly #trace: Trace
  readonly #answered = new Set<string>()
  #epoch = 1
  #known = false
  #received = 0
  #last = 0
  #first = 1
  #peer: Peer | undefined
  #acks: string[] = []
  manners: Manners = { kind: 'normal' }
  /** Tokens with a lower number are refused with 401. */
  leastToken = 0
  /** Events kept for a replay. */
  retained = 1000
  /** Events before the wanted one that a replay begins with: at least once is all that it promises. */
  overlap = 0
  /** Acks wait this long. */
  ackAfterMs = 0
  /** Reads nothing. */
  #stalled = false

  constructor(
    network: SimulatedNetwork,
    clock: VirtualClock,
    random: SeededRandom,
    witness: ServerWitness,
    trace: Trace,
  ) {
    this.#clock = clock
    this.#random = random
    this.#witness = witness
    this.#trace = trace
    network.listen((request) => this.#serve(request))
  }

  get epoch(): string {
    return `e${this.#epoch}`
  }

  /** Something happened that the client is to be told. */
  emit(): void {
    this.#last += 1
    this.#first = Math.max(this.#first, this.#last - this.retained + 1)
    this.#send(this.#peer, { t: 'event', seq: this.#last })
  }

  /** Loses the session: the next client begins a new history. */
  forget(): void {
    this.#known = false
    this.#acks = []
    this.#drop()
    this.#trace.add('server', 'forgets the session')
  }

  close(code: number, reason: string): void {
    this.#trace.add('server', `closes with ${code} ${reason}`)
    this.#peer?.channel.close(code, reason)
  }

  goaway(spreadMs: number): void {
    this.#trace.add('server', `says goaway, spread ${spreadMs} ms`)
    this.#send(this.#peer, { t: 'goaway', spreadMs })
  }

  /** Sends something that is no message. */
  babble(): void {
    this.#trace.add('server', 'sends what is no JSON')
    this.#peer?.channel.send('{"t":')
  }

  /** Stops reading, and therefore answering, or reads on. */
  stall(stalled: boolean): void {
    this.#stalled = stalled
    this.#trace.add('server', stalled ? 'hangs' : 'goes on')
    if (stalled) this.#peer?.channel.pause()
    else this.#peer?.channel.resume()
  }

  #serve(request: MemoryRequest): void {
    const { manners } = this
    if (manners.kind === 'refuse') return request.refuse(manners.how)
    const token = Number(/-(\d+)$/.exec(request.headers['authorization'] ?? '')?.[1] ?? -1)
    if (token < this.leastToken) return request.refuse({ status: 401 })
    const peer: Peer = { channel: request.accept(), current: false }
    peer.channel.start({
      frame: (frame) => {
        if (typeof frame === 'string') this.#got(peer, JSON.parse(frame))
      },
      closed: () => {
        if (this.#peer === peer) this.#peer = undefined
      },
    })
    if (this.#stalled) peer.channel.pause()
  }

  #got(peer: Peer, frame: ClientFrame): void {
    if (frame.t === 'hello') return this.#hello(peer, frame)
    // Both sides fence the older connection: what it still carries is not taken.
    if (!peer.current || this.#peer !== peer) return
    switch (frame.t) {
      case 'ping':
        return this.#send(peer, { t: 'pong', nonce: frame.nonce })
      case 'data':
        return this.#data(frame)
      case 'ask':
        if (!this.#answered.has(frame.id)) this.#witness.executed(frame.id)
        this.#answered.add(frame.id)
        return this.#send(peer, { t: 'answer', id: frame.id })
      case 'renew':
        return
    }
  }

  #hello(peer: Peer, hello: Extract<ClientFrame, { t: 'hello' }>): void {
    const { manners } = this
    if (manners.kind === 'mute') return
    if (manners.kind === 'refuseToken') return this.#send(peer, { t: 'refused' })
    this.#drop()
    peer.current = true
    this.#peer = peer
    const resumed = this.#known && hello.epoch === this.epoch
    if (!resumed) this.#begin()
    this.#send(peer, { t: 'welcome', resumed, epoch: this.epoch, received: this.#received, base: this.#last })
    const from = Math.max(this.#first, hello.received + 1 - this.overlap)
    if (resumed) for (let seq = from; seq <= this.#last; seq += 1) this.#send(peer, { t: 'event', seq })
    if (manners.kind === 'dropAfterWelcome') peer.channel.terminate()
    if (manners.kind === 'dropSoon') this.#clock.after(manners.ms, () => peer.channel.terminate())
  }

  /** A new history, which need not begin at its beginning. */
  #begin(): void {
    this.#epoch += 1
    this.#known = true
    this.#received = 0
    this.#last = this.#random.integer(0, 3)
    this.#first = this.#last + 1
  }

  #data(frame: Extract<ClientFrame, { t: 'data' }>): void {
    const { id, seq, label } = frame
    if (seq === undefined || seq === this.#received + 1) this.#witness.arrived(label)
    else if (seq > this.#received) this.#witness.broken(`the server got ordered ${seq} after ${this.#received}`)
    if (seq !== undefined) this.#received = Math.max(this.#received, seq)
    if (id === undefined) return
    this.#acks.push(id)
    if (this.#acks.length > 1 && this.ackAfterMs > 0) return
    if (this.ackAfterMs === 0) this.#ack()
    else this.#clock.after(this.ackAfterMs, () => this.#ack())
  }

  #ack(): void {
    const ids = this.#acks
    this.#acks = []
    if (ids.length > 0) this.#send(this.#peer, { t: 'acked', ids, through: this.#received })
  }

  #drop(): void {
    const peer = this.#peer
    this.#peer = undefined
    if (peer === undefined) return
    peer.current = false
    peer.channel.terminate()
  }

  #send(peer: Peer | undefined, frame: ServerFrame): void {
    peer?.channel.send(JSON.stringify(frame))
  }
}
