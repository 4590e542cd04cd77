import type { Socket } from 'node:net'
import type { Shape } from './direction-pipe.ts'
import { resetSocket } from './direction-pipe.ts'
import { type Direction, Link, type LinkInfo } from './link.ts'
import { Listener } from './listener.ts'
import { assertWhole, type ChaosProxyOptions, MAX_DELAY_MS, type ResolvedOptions, resolveOptions } from './options.ts'
import { runSchedule } from './run-schedule.ts'
import type { TimedFault } from './schedule.ts'

/** Counters since the start. */
export interface ChaosProxyStats {
  readonly accepted: number
  readonly open: number
  /** Connections reset because `maxLinks` were open, or dropped by a fault as they came. */
  readonly turnedAway: number
  /** Connections that were lost because the target could not be reached. */
  readonly targetFailed: number
  /** Bytes passed on from clients to the target. */
  readonly bytesUp: number
  /** Bytes passed on from the target to clients. */
  readonly bytesDown: number
}

/** What new connections meet. */
type Acceptance =
  | { readonly kind: 'open' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'drop'; readonly afterMs: number }
  | { readonly kind: 'handshake'; readonly afterBytes: number }

/**
 * A TCP proxy that does to real connections what real networks do. With no fault it is transparent.
 *
 * TCP never loses bytes in the middle of a living connection, and neither does this: what a black hole holds back
 * arrives in order after `heal()`, or the link is reset.
 */
export class ChaosProxy {
  readonly #options: ResolvedOptions
  readonly #listener: Listener
  readonly #links = new Map<number, Link>()
  readonly #up: Shape
  readonly #down: Shape
  readonly #counts = { accepted: 0, turnedAway: 0, targetFailed: 0, bytesUp: 0, bytesDown: 0 }
  readonly #closing = new AbortController()
  #acceptance: Acceptance = { kind: 'open' }
  #whenEmpty: (() => void) | undefined

  /** Not listening yet: see {@link startChaosProxy}. */
  constructor(options: ChaosProxyOptions) {
    this.#options = resolveOptions(options)
    this.#up = wellShape(this.#options)
    this.#down = wellShape(this.#options)
    this.#listener = new Listener(this.#options.host, this.#options.port, (socket) => this.#accept(socket))
  }

  get port(): number {
    return this.#listener.port
  }

  /** `host:port`, for a URL. */
  get address(): string {
    const { host } = this.#options
    return `${host.includes(':') ? `[${host}]` : host}:${this.port}`
  }

  /** `http://host:port`. Whatever runs over TCP may be spoken. */
  get url(): string {
    return `http://${this.address}`
  }

  /** The open links, the oldest first. */
  get links(): readonly LinkInfo[] {
    return [...this.#links.values()]
  }

  get stats(): ChaosProxyStats {
    return { ...this.#counts, open: this.#links.size }
  }

  /** Listens and starts the schedule. @throws the system's error, such as `EADDRINUSE` */
  async start(): Promise<void> {
    await this.#listener.open()
    void this.perform(this.#options.schedule)
  }

  /** Performs faults at their times from now on. Resolves after the last one, or when the proxy closes. Never rejects. */
  perform(schedule: Iterable<TimedFault>): Promise<void> {
    return runSchedule(this, { ...this.#options, schedule, signal: this.#closing.signal })
  }

  /** RST to both ends of every link, now. */
  cut(): void {
    for (const link of this.#links.values()) link.reset()
  }

  /** On every link: half of the next chunk in this direction passes, then RST to both ends. */
  resetMidFrame(options: { readonly direction?: 'up' | 'down' | undefined } = {}): void {
    for (const link of this.#links.values()) link.resetMidFrame(options.direction ?? 'down')
  }

  /** On every link: FIN towards the target (`up`), the client (`down`) or both. */
  fin(options: { readonly direction?: Direction | undefined } = {}): void {
    for (const link of this.#links.values()) link.fin(options.direction ?? 'both')
  }

  /**
   * A black hole, which makes half-open links of those that are open and of new ones: nothing passes, and neither end is notified, not even of an end. Bytes wait in the
   * operating system's buffers, as they wait in a real sender's. With the way up closed, the target is not dialed.
   */
  blackHole(options: { readonly direction?: Direction | undefined } = {}): void {
    this.#shape(options.direction ?? 'both', (shape) => {
      shape.stalled = true
    })
  }

  /** Every byte arrives `ms` later, in order. 0 ends it. */
  delay(ms: number, options: { readonly direction?: Direction | undefined } = {}): void {
    assertWhole('delay', ms, 0, MAX_DELAY_MS)
    this.#shape(options.direction ?? 'both', (shape) => {
      shape.delayMs = ms
    })
  }

  /** At most so many bytes a second, on each link and way. 0 ends it. */
  throttle(bytesPerSecond: number, options: { readonly direction?: Direction | undefined } = {}): void {
    assertWhole('throttle', bytesPerSecond, 0, Number.MAX_SAFE_INTEGER)
    this.#shape(options.direction ?? 'both', (shape) => {
      shape.bytesPerSecond = bytesPerSecond
    })
  }

  /**
   * New connections are refused: the port is closed (`ECONNREFUSED`) while open links live on. With `keepPort` the
   * port stays ours, and new connections get RST instead.
   * @throws the system's error when another program took the port meanwhile
   */
  async refuse(on: boolean, options: { readonly keepPort?: boolean | undefined } = {}): Promise<void> {
    this.#acceptance = on && options.keepPort === true ? { kind: 'reset' } : { kind: 'open' }
    if (on && options.keepPort !== true) await this.#listener.close()
    else if (!this.#closing.signal.aborted) await this.#listener.open()
  }

  /** New connections are accepted and end with FIN: at once, or after being passed on for `afterMs`. */
  acceptThenDrop(on: boolean, options: { readonly afterMs?: number | undefined } = {}): void {
    assertWhole('afterMs', options.afterMs ?? 0, 0, MAX_DELAY_MS)
    this.#acceptance = on ? { kind: 'drop', afterMs: options.afterMs ?? 0 } : { kind: 'open' }
  }

  /** New connections are reset after exactly `afterBytes` (16) bytes from the target: inside its handshake. */
  dropInHandshake(on: boolean, options: { readonly afterBytes?: number | undefined } = {}): void {
    assertWhole('afterBytes', options.afterBytes ?? 0, 0, Number.MAX_SAFE_INTEGER)
    this.#acceptance = on ? { kind: 'handshake', afterBytes: options.afterBytes ?? 16 } : { kind: 'open' }
  }

  /**
   * Ends every lasting fault. What a black hole held back arrives in order; with `links: 'reset'` the links that were
   * in one are reset instead, as after a router that has forgotten them.
   */
  async heal(options: { readonly links?: 'resume' | 'reset' | undefined } = {}): Promise<void> {
    if (options.links === 'reset' && (this.#up.stalled || this.#down.stalled)) this.cut()
    this.#shape('both', (shape) => {
      Object.assign(shape, wellShape(this.#options))
    })
    await this.refuse(false)
  }

  /** Ends the schedule, resets every link and frees the port. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#listener.close()
    if (this.#links.size === 0) return
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve
    })
    this.cut()
    await empty
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #shape(direction: Direction, change: (shape: Shape) => void): void {
    if (direction !== 'down') change(this.#up)
    if (direction !== 'up') change(this.#down)
    for (const link of this.#links.values()) link.shapeChanged()
  }

  #accept(client: Socket): void {
    const acceptance = this.#acceptance
    const full = this.#links.size >= this.#options.maxLinks
    this.#counts.accepted += 1
    if (full || acceptance.kind === 'reset' || this.#closing.signal.aborted) {
      this.#turnAway(client, resetSocket)
      return
    }
    if (acceptance.kind === 'drop' && acceptance.afterMs === 0) {
      this.#turnAway(client, (socket) => socket.destroy())
      return
    }
    const link = this.#link(client)
    if (acceptance.kind === 'handshake') link.resetAfterDown(acceptance.afterBytes)
    if (acceptance.kind === 'drop') {
      const timer = this.#options.clock.after(acceptance.afterMs, () => link.fin('both'))
      client.once('close', () => timer.cancel())
    }
  }

  #turnAway(client: Socket, how: (socket: Socket) => void): void {
    this.#counts.turnedAway += 1
    client.on('error', () => {})
    how(client)
  }

  #link(client: Socket): Link {
    const id = this.#counts.accepted
    const { target, clock, maxBufferedBytes } = this.#options
    const link: Link = new Link({
      id,
      client,
      target,
      clock,
      maxBufferedBytes,
      up: this.#up,
      down: this.#down,
      onBytes: (direction, count) => {
        this.#counts[direction === 'up' ? 'bytesUp' : 'bytesDown'] += count
      },
      onGone: () => this.#forget(id),
      onTargetFailed: () => {
        this.#counts.targetFailed += 1
      },
    })
    this.#links.set(id, link)
    return link
  }

  #forget(id: number): void {
    this.#links.delete(id)
    if (this.#links.size === 0) this.#whenEmpty?.()
  }
}

function wellShape({ delayMs, bytesPerSecond }: ResolvedOptions): Shape {
  return { stalled: false, delayMs, bytesPerSecond }
}

/** Starts a {@link ChaosProxy}; it listens when this resolves. Close it when the test ends. */
export async function startChaosProxy(options: ChaosProxyOptions): Promise<ChaosProxy> {
  const proxy = new ChaosProxy(options)
  await proxy.start()
  return proxy
}
