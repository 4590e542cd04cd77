import {
  type ChannelTraits,
  type Clock,
  doubtAfterSleep,
  type Random,
  type Target,
  type Transport,
  throwIfAborted,
  transportPing,
  type WebSocketChannel,
} from '@holdfast/contract'
import { type Direction, MemoryLink, type MemoryRequest } from './memory-link.ts'
import { HEALTHY_PIPE, type PipeConditions } from './memory-pipe.ts'
import { seededRandom } from './seeded-random.ts'

/** How a {@link MemoryNetwork} begins. */
export interface MemoryNetworkOptions {
  /** Delivers everything. */
  readonly clock: Clock
  /** For jitter. @defaultValue a seeded source, the same in every run */
  readonly random?: Random | undefined
  /** What its channels can do. @defaultValue everything */
  readonly traits?: Partial<ChannelTraits> | undefined
  /** Conditions of both directions of every new link. @defaultValue no latency, no limit */
  readonly conditions?: Partial<PipeConditions> | undefined
  /** Bytes under way in one direction; the rest waits at the sender. @defaultValue 65,536 */
  readonly windowBytes?: number | undefined
  /** How long `close()` waits for the peer's answer. @defaultValue 1000 */
  readonly closeTimeoutMs?: number | undefined
}

/** What {@link MemoryNetwork} takes where nothing is said. */
export const MEMORY_NETWORK_DEFAULTS: { readonly windowBytes: number; readonly closeTimeoutMs: number } = {
  /** A usual socket buffer. */
  windowBytes: 65_536,
  closeTimeoutMs: 1000,
}

/** Answers dials. */
export type Serve = (request: MemoryRequest) => void

/** Options of {@link MemoryNetwork.listen}. */
export interface ListenOptions {
  /** Dials to this URL only, its query aside. @defaultValue every URL */
  readonly url?: string | undefined
  /** Of the server's machine. @defaultValue the network's clock */
  readonly clock?: Clock | undefined
  /** What the server's channels can do. @defaultValue as the network's, `requestHeaders` aside */
  readonly traits?: Partial<ChannelTraits> | undefined
}

/** A server that listens. */
export interface MemoryListener {
  readonly url: string | undefined
  /** Takes no more dials; open links go on. */
  close(): void
}

/** Whose transport it is. */
export interface MemoryTransportOptions {
  /** Of the dialing machine: what arrives while it sleeps is delivered when it wakes. @defaultValue the network's clock */
  readonly clock?: Clock | undefined
  readonly traits?: Partial<ChannelTraits> | undefined
}

/**
 * What to do with a dial before any server sees it: let it through, refuse it, let it hang until the dialer gives up,
 * or let the server accept and break the link at once.
 */
export type DialFault = 'none' | 'hang' | 'drop' | { readonly refuse: { readonly status?: number | undefined } }

const ALL_TRAITS: ChannelTraits = { binary: true, ping: true, pause: true, requestHeaders: true }

interface Listening {
  readonly listener: MemoryListener
  readonly serve: Serve
  readonly clock: Clock
  readonly traits: ChannelTraits
}

/** A network in memory. Dials find listeners; links live until both ends have ended. */
export class MemoryNetwork {
  readonly #options: MemoryNetworkOptions
  readonly #clock: Clock
  readonly #random: Random
  readonly #traits: ChannelTraits
  readonly #links = new Set<MemoryLink>()
  #listening: Listening[] = []
  #conditions: Readonly<Record<Direction, PipeConditions>>
  #dials = 0
  /** Dials over the network's own clock. */
  readonly transport: Transport

  constructor(options: MemoryNetworkOptions) {
    this.#options = options
    this.#clock = options.clock
    this.#random = options.random ?? seededRandom('memory network')
    this.#traits = { ...ALL_TRAITS, ...options.traits }
    const conditions = { ...HEALTHY_PIPE, ...options.conditions }
    this.#conditions = { toServer: conditions, toClient: conditions }
    this.transport = this.transportFor()
  }

  /** Links that are dialing or open, the oldest first. */
  get links(): readonly MemoryLink[] {
    return [...this.#links]
  }

  /** Ends of links that are open: two for a healthy link, one for a half-open one. */
  get openChannels(): number {
    let open = 0
    for (const link of this.#links) open += link.openEnds
    return open
  }

  /** Dials begun so far. */
  get dialCount(): number {
    return this.#dials
  }

  get listeners(): readonly MemoryListener[] {
    return this.#listening.map(({ listener }) => listener)
  }

  /** A transport for one machine of a simulated world. */
  transportFor(options: MemoryTransportOptions = {}): Transport {
    const traits: ChannelTraits = { ...this.#traits, ...options.traits }
    const clock = options.clock ?? this.#clock
    return {
      name: 'memory',
      traits,
      liveness: traits.ping ? transportPing() : doubtAfterSleep(),
      open: (target, { signal }) => this.#open(target, signal, clock, traits),
    }
  }

  /** Serves dials: to one URL, or to all that are not served otherwise. Without a listener a dial is refused. */
  listen(serve: Serve, options: ListenOptions = {}): MemoryListener {
    const listener: MemoryListener = {
      url: options.url,
      close: () => {
        this.#listening = this.#listening.filter((other) => other.listener !== listener)
      },
    }
    const traits = { ...this.#traits, requestHeaders: false, ...options.traits }
    this.#listening.push({ listener, serve, clock: options.clock ?? this.#clock, traits })
    return listener
  }

  /** Conditions of new links; those that exist stay as they are. */
  setConditions(direction: Direction, conditions: Partial<PipeConditions>): void {
    this.#conditions = { ...this.#conditions, [direction]: { ...this.#conditions[direction], ...conditions } }
  }

  /** Asked at every dial; undefined lets all through. */
  dialFault: ((target: Target) => DialFault) | undefined

  async #open(target: Target, signal: AbortSignal, clock: Clock, traits: ChannelTraits): Promise<WebSocketChannel> {
    throwIfAborted(signal)
    this.#dials += 1
    const fault = this.dialFault?.(target) ?? 'none'
    const listening = this.#listenerOf(target.url)
    const link = new MemoryLink({
      id: this.#dials,
      target: traits.requestHeaders ? target : { ...target, headers: undefined },
      clock: this.#clock,
      clientClock: clock,
      serverClock: listening?.clock ?? this.#clock,
      random: this.#random,
      clientTraits: traits,
      serverTraits: listening?.traits ?? this.#traits,
      conditions: this.#conditions,
      windowBytes: this.#options.windowBytes ?? MEMORY_NETWORK_DEFAULTS.windowBytes,
      closeTimeoutMs: this.#options.closeTimeoutMs ?? MEMORY_NETWORK_DEFAULTS.closeTimeoutMs,
      serve: (request) => this.#serve(request, fault),
      ended: () => this.#links.delete(link),
    })
    this.#links.add(link)
    return link.dial(signal)
  }

  #serve(request: MemoryRequest, fault: DialFault): void {
    if (fault === 'hang') return
    if (typeof fault === 'object') {
      request.refuse(fault.refuse)
      return
    }
    const listening = this.#listenerOf(request.url)
    if (listening === undefined) {
      request.refuse()
      return
    }
    if (fault === 'drop') request.link.dropWhenAccepted()
    listening.serve(request)
  }

  #listenerOf(url: string): Listening | undefined {
    const wanted = withoutQuery(url)
    return (
      this.#listening.find(({ listener }) => listener.url !== undefined && withoutQuery(listener.url) === wanted) ??
      this.#listening.find(({ listener }) => listener.url === undefined)
    )
  }
}

/** A network in memory that is healthy until a fault is set. */
export function memoryNetwork(options: MemoryNetworkOptions): MemoryNetwork {
  return new MemoryNetwork(options)
}

function withoutQuery(url: string): string {
  const end = url.search(/[?#]/)
  return end < 0 ? url : url.slice(0, end)
}
