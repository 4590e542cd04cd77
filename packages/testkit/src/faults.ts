import type { Direction } from './memory-link.ts'
import type { DialFault } from './memory-transport.ts'
import type { SeededRandom } from './seeded-random.ts'

/** One direction, named after who receives, or both. */
export type Directions = Direction | 'both'

/**
 * What can happen to a network. Plain data: print it, keep it, play it again. `SimulatedNetwork` performs it, and has a method
 * for each, such as `blackHole()` for a half-open link.
 */
export type Fault =
  /** Everything takes this long, and up to `jitterMs` more. */
  | {
      readonly kind: 'latency'
      readonly latencyMs: number
      readonly jitterMs?: number | undefined
      readonly direction?: Directions | undefined
    }
  /** At most so many bytes a second; the sender's buffer grows. `Infinity` ends it. */
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number; readonly direction?: Directions | undefined }
  /** Nothing arrives and neither end is notified: a half-open link. New dials hang. */
  | { readonly kind: 'black-hole'; readonly direction?: Directions | undefined }
  /** Everything flows again. What was kept back arrives late and in order, or the links it was held on are reset. */
  | { readonly kind: 'heal'; readonly held?: 'late' | 'reset' | undefined }
  /** Every link breaks: both ends hear of it at once, uncleanly. */
  | { readonly kind: 'reset' }
  /** What happens to dials that arrive from now on. */
  | { readonly kind: 'dials'; readonly fault: DialFault }
  /** The server's process ends, every link with it, and refuses dials for `downMs`. */
  | { readonly kind: 'restart'; readonly downMs: number }

/** A fault and when it happens, in milliseconds from the start of the script. */
export interface TimedFault {
  readonly atMs: number
  readonly fault: Fault
}

/** How a {@link randomScript} looks. */
export interface RandomScriptOptions {
  /** The network is healthy again at the end. */
  readonly durationMs: number
  /** How many faults; each ends by itself before the next begins. */
  readonly faults: number
  /** The latency to return to. @defaultValue 0 */
  readonly usualLatencyMs?: number | undefined
}

/**
 * A script of random troubles, each with its end, and a healthy network at `durationMs`. The same random source gives
 * the same script.
 */
export function randomScript(random: SeededRandom, options: RandomScriptOptions): readonly TimedFault[] {
  const span = options.durationMs / Math.max(1, options.faults)
  const usual: Fault = { kind: 'latency', latencyMs: options.usualLatencyMs ?? 0 }
  const script: TimedFault[] = []
  for (let trouble = 0; trouble < options.faults; trouble += 1) {
    const begins = trouble * span + random.between(0, span / 2)
    const ends = random.between(begins, (trouble + 1) * span)
    const [fault, end] = random.pick(TROUBLES)(random, ends - begins)
    script.push({ atMs: Math.round(begins), fault })
    if (fault.kind === 'latency') script.push({ atMs: Math.round(ends), fault: usual })
    if (end !== undefined) script.push({ atMs: Math.round(ends), fault: end })
  }
  return [...script, ...[...CALM, usual].map((fault) => ({ atMs: options.durationMs, fault }))]
}

/** Undoes whatever a script has done. */
const CALM: readonly Fault[] = [
  { kind: 'heal' },
  { kind: 'throttle', bytesPerSecond: Number.POSITIVE_INFINITY },
  { kind: 'dials', fault: 'none' },
]

type Trouble = (random: SeededRandom, lastsMs: number) => readonly [Fault, Fault?]

const anyDirection = (random: SeededRandom): Directions => random.pick(['toServer', 'toClient', 'both'] as const)

const TROUBLES: readonly Trouble[] = [
  (random) => [{ kind: 'latency', latencyMs: random.integer(0, 400), jitterMs: random.integer(0, 400) }],
  (random) => [
    { kind: 'throttle', bytesPerSecond: random.integer(200, 20_000), direction: anyDirection(random) },
    { kind: 'throttle', bytesPerSecond: Number.POSITIVE_INFINITY },
  ],
  (random) => [
    { kind: 'black-hole', direction: anyDirection(random) },
    { kind: 'heal', held: random.pick(['late', 'reset'] as const) },
  ],
  () => [{ kind: 'reset' }],
  (_random, lastsMs) => [{ kind: 'restart', downMs: Math.round(lastsMs) }],
  (random) => [
    {
      kind: 'dials',
      fault: random.pick([
        'hang',
        'drop',
        { refuse: {} },
        { refuse: { status: 503 } },
        { refuse: { status: 429 } },
      ] as const),
    },
    { kind: 'dials', fault: 'none' },
  ],
]
