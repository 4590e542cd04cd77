import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Clock, HoldfastError, type Logger, silentLogger, systemClock } from '@holdfast/contract'
import type { Authenticate } from '../endpoint.ts'
import { limitsFrom } from '../limits.ts'
import { OncePerMinute } from './once-per-minute.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

/** Bounds of {@link slowGuesses}. */
export interface GuessLimits {
  /** Different wrong tokens of one address that are answered at once … */
  readonly burst: number
  /** … and one more every this many milliseconds. */
  readonly everyMs: number
  /** How long the refusal of every further wrong token is delayed. In milliseconds. */
  readonly delayMs: number
  /** Delayed refusals of one address at once; more are refused at once with `server/rate_limited`. */
  readonly maxWaiting: number
  /** The same for all addresses together. */
  readonly maxWaitingInAll: number
  /** Addresses that are remembered; the one that guessed longest ago goes first. */
  readonly maxAddresses: number
  /** Wrong tokens that are remembered of an address: the same one again is no guess. */
  readonly maxDigests: number
}

export const GUESS_LIMITS: GuessLimits = {
  // A person who tries a few old tokens is not slowed.
  burst: 10,
  everyMs: 6_000,
  delayMs: 1_000,
  maxWaiting: 64,
  maxWaitingInAll: 1_024,
  maxAddresses: 4_096,
  maxDigests: 16,
}

/** Options of {@link slowGuesses}. */
export interface GuessOptions {
  /** Behind which the addresses of clients are believed. @defaultValue none: the address of the socket counts */
  readonly proxies?: TrustedProxies | undefined
  /** Replaces single bounds. @defaultValue {@link GUESS_LIMITS} */
  readonly limits?: Partial<GuessLimits> | undefined
  readonly clock?: Clock | undefined
  /** Logs each address that guesses, once a minute. @defaultValue nothing is logged */
  readonly logger?: Logger | undefined
}

/**
 * Slows down the guessing of tokens. Different wrong tokens of one address are counted, by digest; past the limit the
 * refusal of each further one is delayed. A valid token is never delayed, wherever it comes from, and the same wrong
 * token again (an expired one, say) does not count. Share one between all endpoints of a server.
 * @throws HoldfastError `server/invalid_option`; `server/rate_limited` from the returned function, where too many refusals wait
 */
export function slowGuesses(authenticate: Authenticate, options: GuessOptions = {}): Authenticate {
  const guesses = new Guesses(options)
  return async (credentials) => {
    const principal = await authenticate(credentials)
    const offered = credentials.bearer ?? credentials.apiKey
    if (principal === undefined && offered !== undefined) {
      await guesses.wrong(networkOf(credentials.request, options.proxies), offered)
    }
    return principal
  }
}

interface Guesser {
  tokens: number
  at: number
  waiting: number
  /** Guesses that were slowed or refused. */
  slowed: number
  readonly digests: Set<string>
}

class Guesses {
  readonly #limits: GuessLimits
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #reported: OncePerMinute
  readonly #guessers = new Map<string, Guesser>()
  #waiting = 0

  constructor({ limits, clock = systemClock, logger = silentLogger }: GuessOptions) {
    this.#limits = limitsFrom(GUESS_LIMITS, limits)
    this.#clock = clock
    this.#logger = logger
    this.#reported = new OncePerMinute(clock)
  }

  /** Resolves when a wrong token may be refused. */
  async wrong(address: string, offered: string): Promise<void> {
    const guesser = this.#guesserAt(address)
    if (this.#isKnown(guesser, offered) || this.#isWithinBurst(guesser)) return
    const { maxWaiting, maxWaitingInAll, delayMs } = this.#limits
    guesser.slowed += 1
    if (this.#reported.isDue(address)) {
      this.#logger.warn('tokens are guessed: wrong ones from this address are slowed', {
        address,
        slowed: guesser.slowed,
      })
    }
    if (guesser.waiting >= maxWaiting || this.#waiting >= maxWaitingInAll) {
      const details = { waitMs: delayMs }
      throw new HoldfastError('server/rate_limited', 'Too many wrong tokens from this address.', { details })
    }
    guesser.waiting += 1
    this.#waiting += 1
    await new Promise<void>((resolve) => this.#clock.after(delayMs, resolve))
    guesser.waiting -= 1
    this.#waiting -= 1
  }

  #guesserAt(address: string): Guesser {
    const now = this.#clock.now()
    const known = this.#guessers.get(address)
    const guesser = known ?? { tokens: this.#limits.burst, at: now, waiting: 0, slowed: 0, digests: new Set() }
    this.#guessers.delete(address)
    this.#guessers.set(address, guesser)
    const [oldest] = this.#guessers.keys()
    if (this.#guessers.size > this.#limits.maxAddresses && oldest !== undefined) this.#guessers.delete(oldest)
    return guesser
  }

  #isKnown({ digests }: Guesser, offered: string): boolean {
    const digest = createHash('sha256').update(offered).digest('base64url').slice(0, 16)
    const isKnown = digests.delete(digest)
    digests.add(digest)
    const [oldest] = digests
    if (digests.size > this.#limits.maxDigests && oldest !== undefined) digests.delete(oldest)
    return isKnown
  }

  #isWithinBurst(guesser: Guesser): boolean {
    const { burst, everyMs } = this.#limits
    const now = this.#clock.now()
    const tokens = Math.min(burst, guesser.tokens + (now - guesser.at) / everyMs)
    guesser.at = now
    guesser.tokens = tokens >= 1 ? tokens - 1 : tokens
    if (tokens === burst) guesser.slowed = 0
    return tokens >= 1
  }
}

/** The machine's address; of IPv6 the network, of which one machine has as many addresses as it likes. */
function networkOf(request: IncomingMessage, proxies: TrustedProxies | undefined): string {
  const said = proxies?.addressOf(request) ?? request.socket.remoteAddress ?? 'local'
  const address = said.replace(/^::ffff:(?=\d+\.)/, '')
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::', 2)
  const groups = head.split(':')
  const filled = tail === undefined ? groups : [...groups, ...Array<string>(Math.max(0, 8 - groups.length)).fill('0')]
  return `${filled.slice(0, 4).join(':')}::/64`
}
