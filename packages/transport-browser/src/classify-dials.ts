import {
  type Clock,
  OpenError,
  type PeerWord,
  retryAfterMs,
  systemClock,
  type Target,
  type Transport,
  throwIfAborted,
} from '@holdfast/contract'
import { SENTENCES } from '@holdfast/contract/words'
import { errorOf } from './errors.ts'

/**
 * What a probe found out, as `details.finding` of the {@link OpenError}:
 * `offline` the runtime knows of no network · `unreachable` HTTP got no answer that this page may see ·
 * `refused` the server says why, see `details.status` and `details.retryAfterMs` · `blocked` HTTP is answered, but no
 * WebSocket opens: something on the way (a proxy, a firewall, a policy), or a path that takes none.
 */
export type DialFinding = 'offline' | 'unreachable' | 'refused' | 'blocked'

/** What is read of a response. */
export interface ProbeResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body?: { cancel(): Promise<void> } | null | undefined
  /**
   * What the server said in its own words, where a `fetch` that asks what the dial asks has read it (`peerWord()` of
   * `@holdfast/contract`). Then the answer speaks for the WebSocket whatever its status.
   */
  readonly word?: PeerWord | undefined
}

/** As much of `fetch` (WHATWG Fetch) as a probe needs. The runtime's own fits. */
export type ProbeFetch = (
  url: string,
  init: { readonly signal: AbortSignal } & Readonly<Record<string, unknown>>,
) => Promise<ProbeResponse>

/** Options of {@link classifyDials}. */
export interface ClassifyDialsOptions {
  /** Failed dials in a row before a probe is made, and between probes. @defaultValue {@link CLASSIFY_DIALS_DEFAULTS}`.everyFailures` */
  readonly everyFailures?: number | undefined
  /** How long a probe may take, in milliseconds. @defaultValue {@link CLASSIFY_DIALS_DEFAULTS}`.timeoutMs` */
  readonly timeoutMs?: number | undefined
  /** What to probe. @defaultValue the target's own URL, with `http` for `ws` */
  readonly url?: ((target: Target) => string) | undefined
  /** Further members of the request, such as `credentials` or `headers`. */
  readonly init?: Readonly<Record<string, unknown>> | undefined
  /** @defaultValue the runtime's `fetch`, looked up at each probe */
  readonly fetch?: ProbeFetch | undefined
  /** @defaultValue what `navigator.onLine` says */
  readonly online?: (() => boolean) | undefined
  /** @defaultValue the system's time */
  readonly clock?: Clock | undefined
}

/** What {@link classifyDials} takes where nothing is said. */
export const CLASSIFY_DIALS_DEFAULTS: { readonly everyFailures: number; readonly timeoutMs: number } = {
  /** One failure is often the network's; a second one is worth a question. */
  everyFailures: 2,
  /** Leaves half of a dial's usual deadline of 10 s to the dial. */
  timeoutMs: 5_000,
}

/** Statuses that speak for the WebSocket as well. A 404 or 426 to a plain request does not: the path may take upgrades only. */
const TELLING: readonly number[] = [401, 403, 429, 503]

/** Those of them that come with a `Retry-After`. */
const BUSY: readonly number[] = [429, 503]

declare const fetch: ProbeFetch
declare const navigator: { readonly onLine?: boolean | undefined } | undefined

/**
 * The same transport, but after repeated failed dials one plain HTTP request asks why, where the runtime hides it. What
 * it finds is the sentence of the {@link OpenError}, and in its `details`: `finding`, and for `refused` the `status`,
 * `retryAfterMs`, and the `word` that a `fetch` of your own has read.
 *
 * The probe carries what the URL and same-origin cookies carry, and no subprotocol. Where credentials travel otherwise, give `url` or
 * `init`: else a 401 may speak of the probe alone. Across origins the server must allow it (CORS), `Retry-After` included.
 * @throws `channel/invalid_option`
 */
export function classifyDials<In, Out>(
  transport: Transport<In, Out>,
  options: ClassifyDialsOptions = {},
): Transport<In, Out> {
  const { everyFailures = CLASSIFY_DIALS_DEFAULTS.everyFailures, timeoutMs = CLASSIFY_DIALS_DEFAULTS.timeoutMs } =
    options
  if (!(everyFailures > 0 && timeoutMs > 0)) {
    throw errorOf(
      'channel/invalid_option',
      SENTENCES ? 'everyFailures and timeoutMs must be above zero' : 'everyFailures, timeoutMs',
    )
  }
  let failures = 0
  return {
    ...transport,
    async open(target, { signal }) {
      try {
        const channel = await transport.open(target, { signal })
        failures = 0
        return channel
      } catch (error) {
        if (!isHidden(error) || signal.aborted) throw error
        failures += 1
        if (failures % everyFailures !== 0) throw error
        const found = await probe(target, signal, { ...options, timeoutMs })
        throwIfAborted(signal)
        if (![undefined, found.status].includes(error.details.status)) throw error
        throw new OpenError(sentenceOf(found), { ...error.details, ...found }, error)
      }
    },
  }
}

/** Whether a probe can say more: the reason, or, where only the status is known, how long a busy server asks to wait. */
function isHidden(error: unknown): error is OpenError {
  if (!(error instanceof OpenError) || error.code !== 'channel/open_failed') return false
  const { status, headers } = error.details
  return status === undefined || (headers === undefined && BUSY.includes(status))
}

interface Found {
  readonly finding: DialFinding
  readonly status?: number | undefined
  readonly retryAfterMs?: number | undefined
  readonly word?: PeerWord | undefined
}

/** For people: the address is in the error that this one is made of. */
function sentenceOf({ finding, status, word }: Found): string {
  if (finding === 'offline') return 'This device has no network.'
  if (finding === 'unreachable') return 'The server does not answer.'
  if (finding === 'refused') return word?.message || `The server refused with status ${status}.`
  return 'The server answers, but no WebSocket opens: a proxy, a firewall or a policy may be in the way.'
}

async function probe(
  target: Target,
  signal: AbortSignal,
  { timeoutMs, url, init, clock = systemClock, ...options }: ClassifyDialsOptions & { readonly timeoutMs: number },
): Promise<Found> {
  const online = options.online ?? (() => typeof navigator === 'undefined' || navigator.onLine !== false)
  if (!online()) return { finding: 'offline' }
  const aborting = new AbortController()
  const abort = (): void => aborting.abort()
  const timer = clock.after(timeoutMs, abort)
  signal.addEventListener('abort', abort)
  try {
    const send = options.fetch ?? fetch
    const asked = url === undefined ? target.url.replace(/^ws/i, 'http') : url(target)
    // Where `fetch` does not heed the signal, the wait still ends.
    const aborted = new Promise<never>((_, reject) => aborting.signal.addEventListener('abort', () => reject()))
    const { status, headers, body, word } = await Promise.race([
      send(asked, { cache: 'no-store', redirect: 'manual', ...init, signal: aborting.signal }),
      aborted,
    ])
    body?.cancel().catch(() => {})
    if (word === undefined && !TELLING.includes(status)) return { finding: 'blocked' }
    const waitMs = retryAfterMs(headers.get('retry-after'), headers.get('date'), clock.epoch())
    return { finding: 'refused', status, retryAfterMs: waitMs, ...(word === undefined ? {} : { word }) }
  } catch {
    return { finding: 'unreachable' }
  } finally {
    timer.cancel()
    signal.removeEventListener('abort', abort)
  }
}
