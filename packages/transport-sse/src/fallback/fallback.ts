import {
  abortReason,
  type Channel,
  type ChannelTraits,
  type Clock,
  doubtAfterSleep,
  HoldfastError,
  OpenError,
  systemClock,
  type Target,
  type Transport,
  throwIfAborted,
} from '@holdfast/contract'
import { Memories } from './memories.ts'
import { provenChannel } from './proven-channel.ts'

/** A transport that may be taken to a server. */
export interface TransportCandidate<In, Out> {
  readonly transport: Transport<In, Out>
  /** The target as it dials it, such as `https:` for `wss:`. @defaultValue as it is */
  readonly target?: ((target: Target) => Target) | undefined
  /**
   * An open channel proves nothing here until something came: what keeps a stream back lets its beginning through. Without it in
   * `proofMs` the next transport is tried; one that ends as stalled later leaves the first turn to the next one, for as long as
   * that is remembered: something lets a long beginning through and keeps back what is short. @defaultValue false
   */
  readonly needsProof?: boolean | undefined
}

/** Options of {@link fallback}. Times in milliseconds. */
export interface FallbackOptions {
  /** How long one transport may take to open, where another follows. @defaultValue {@link FALLBACK_DEFAULTS}`.openMs` */
  readonly openMs?: number | undefined
  /** How long a transport with `needsProof` may be silent at first. @defaultValue {@link FALLBACK_DEFAULTS}`.proofMs` */
  readonly proofMs?: number | undefined
  /** How long a transport that worked is taken first, for each origin. @defaultValue {@link FALLBACK_DEFAULTS}`.rememberMs` */
  readonly rememberMs?: number | undefined
  /** @defaultValue the system's time */
  readonly clock?: Clock | undefined
}

/** What {@link FallbackOptions} are where nothing is said. */
export const FALLBACK_DEFAULTS: { readonly openMs: number; readonly proofMs: number; readonly rememberMs: number } = {
  /** Half of the engine's own bound for a dial, so that two transports fit. */
  openMs: 4_000,
  /** A hub sends its snapshot at once. */
  proofMs: 3_000,
  /** Who goes from one network to another has a better one again soon. */
  rememberMs: 600_000,
}

/** A transport that says which of its candidates it took. */
export interface FallbackTransport<In, Out> extends Transport<In, Out> {
  /** One sentence: over which transport the last channel was opened, and why not over one before it. */
  explain(): string
}

/**
 * Tries several transports in order, and remembers for each origin which one worked: for networks that block WebSockets, and
 * proxies that keep event streams back. A channel is that of the transport that opened, with its traits.
 *
 * What the server itself says is no reason for another transport: a refusal in its own words, 401, or a mistake of the target
 * is the error of `open()` at once. When none opens, it is the error of the first one, whose message says what became of the
 * others.
 * @throws `channel/invalid_option`
 */
export function fallback<In, Out>(
  candidates: readonly [TransportCandidate<In, Out>, ...TransportCandidate<In, Out>[]],
  options: FallbackOptions = {},
): FallbackTransport<In, Out> {
  return new Fallback(candidates, options)
}

const STALLED = 'open, and silent after its beginning: something on the way keeps it back'

/** Why a transport was left. */
interface Missed {
  readonly name: string
  readonly why: string
  readonly error: unknown
}

class Fallback<In, Out> implements FallbackTransport<In, Out> {
  readonly name: string
  readonly traits: ChannelTraits
  readonly #candidates: readonly TransportCandidate<In, Out>[]
  readonly #clock: Clock
  readonly #openMs: number
  readonly #proofMs: number
  readonly #memories: Memories
  #taken: TransportCandidate<In, Out> | undefined
  #missed: readonly Missed[] = []

  constructor(candidates: readonly TransportCandidate<In, Out>[], options: FallbackOptions) {
    const { clock = systemClock } = options
    this.#candidates = candidates
    this.#clock = clock
    this.#openMs = positive('openMs', options.openMs ?? FALLBACK_DEFAULTS.openMs)
    this.#proofMs = positive('proofMs', options.proofMs ?? FALLBACK_DEFAULTS.proofMs)
    this.#memories = new Memories(clock, positive('rememberMs', options.rememberMs ?? FALLBACK_DEFAULTS.rememberMs))
    this.name = candidates.map(({ transport }) => transport.name).join('|')
    this.traits = commonTraits(candidates.map(({ transport }) => transport.traits))
  }

  /** The rule of the transport that was taken. */
  readonly liveness: Exclude<Transport['liveness'], 'none'> = (host) => {
    const { liveness = doubtAfterSleep() } = this.#taken?.transport ?? {}
    return liveness === 'none' ? undefined : liveness(host)
  }

  async open(target: Target, { signal }: { readonly signal: AbortSignal }): Promise<Channel<In, Out>> {
    throwIfAborted(signal)
    const first = this.#memories.transportTo(target.url) ?? 0
    const order = [...this.#candidates.slice(first), ...this.#candidates.slice(0, first)]
    const missed: Missed[] = []
    for (const [index, candidate] of order.entries()) {
      const isLast = index === order.length - 1
      try {
        const channel = await this.#try(candidate, target, signal, isLast)
        this.#memories.worked(target.url, this.#candidates.indexOf(candidate))
        this.#missed = [...this.#stalled(target.url), ...missed]
        this.#taken = candidate
        return channel
      } catch (error) {
        throwIfAborted(signal)
        if (isFinal(error)) throw error
        missed.push({ name: candidate.transport.name, why: messageOf(error), error })
      }
    }
    this.#memories.forget(target.url)
    this.#missed = missed
    throw noWay(missed)
  }

  explain(): string {
    const before = this.#missed.map(({ name, why }) => `${name}: ${why}`).join('; ')
    if (this.#taken === undefined) return before === '' ? 'Not dialed yet.' : `No transport is open. ${before}`
    const over = `Over ${this.#taken.transport.name}`
    return before === '' ? `${over}.` : `${over}, as others failed. ${before}`
  }

  /** What is remembered of a transport that has no turn. */
  #stalled(url: string): readonly Missed[] {
    const candidate = this.#candidates[this.#memories.stalledOn(url) ?? -1]
    return candidate === undefined ? [] : [{ name: candidate.transport.name, why: STALLED, error: undefined }]
  }

  /** One transport, within the time that it has. @throws its error, or the signal's reason */
  async #try(
    candidate: TransportCandidate<In, Out>,
    target: Target,
    signal: AbortSignal,
    isLast: boolean,
  ): Promise<Channel<In, Out>> {
    const attempt = new AbortController()
    const aborted = (): void => attempt.abort(abortReason(signal))
    signal.addEventListener('abort', aborted, { once: true })
    const late = isLast ? undefined : this.#clock.after(this.#openMs, () => attempt.abort(tooLate(this.#openMs)))
    try {
      const own = candidate.target?.(target) ?? target
      const channel = await candidate.transport.open(own, { signal: attempt.signal })
      late?.cancel()
      if (candidate.needsProof !== true || isLast) return channel
      const stalled = (): void =>
        this.#memories.stalled(target.url, this.#candidates.indexOf(candidate), this.#candidates.length)
      return await provenChannel(channel, attempt.signal, this.#proofMs, this.#clock, stalled)
    } finally {
      late?.cancel()
      signal.removeEventListener('abort', aborted)
    }
  }
}

function tooLate(openMs: number): OpenError {
  return new OpenError(`not open within ${openMs} ms`)
}

/** Another transport would hear the same. */
function isFinal(error: unknown): boolean {
  if (error instanceof HoldfastError && error.code === 'channel/unsupported') return false
  if (!(error instanceof OpenError)) return true
  if (error.code !== 'channel/open_failed' && error.code !== 'channel/redirected') return true
  return error.details.word !== undefined || error.details.status === 401
}

function noWay(missed: readonly Missed[]): unknown {
  const [first, ...others] = missed
  if (!(first?.error instanceof OpenError)) return first?.error
  const { error } = first
  const also = others.map(({ name, why }) => ` ${name}: ${why}`).join('')
  return new OpenError(`${error.message}${also}`, error.details, error, error.code)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function commonTraits(all: readonly ChannelTraits[]): ChannelTraits {
  const every = (name: keyof ChannelTraits): boolean => all.every((traits) => traits[name])
  return {
    binary: every('binary'),
    ping: every('ping'),
    pause: every('pause'),
    requestHeaders: every('requestHeaders'),
  }
}

function positive(option: string, value: number): number {
  if (value > 0 && Number.isFinite(value)) return value
  throw new HoldfastError('channel/invalid_option', `${option} must be a finite number above zero, not ${value}.`, {
    details: { option },
  })
}
