import { CONNECTION_DEFAULTS, type RetryChoice } from '@holdfast/core'
import { type DialLimit, RETRY_PRESETS } from '@holdfast/core/retry'
import type { SeededRandom } from '@holdfast/testkit'
import type { ProtocolVariant } from './client-protocol.ts'
import type { Promises } from './witness.ts'

/** Which kinds of trouble a world has. */
export type Trouble = 'network' | 'server' | 'clock' | 'user' | 'signals' | 'credentials' | 'callbacks'

/** What is fixed for the life of a world. */
export interface WorldSetup extends Promises {
  readonly troubles: readonly Trouble[]
  readonly variant: ProtocolVariant
  readonly durationMs: number
  readonly latencyMs: number
  readonly windowBytes: number
  /** Longest pause in the conversation. */
  readonly quietMs: number
  /** Events before the wanted one that the server's replays begin with. */
  readonly replayOverlap: number
  readonly retry: RetryChoice
}

const EVERY: readonly Trouble[] = ['network', 'server', 'clock', 'user', 'signals', 'credentials', 'callbacks']

export function drawSetup(random: SeededRandom, only?: readonly Trouble[] | undefined): WorldSetup {
  const drawn = random.chance(0.35) ? [random.pick(EVERY)] : EVERY.filter(() => random.chance(0.5))
  const troubles = only ?? drawn
  const preset = random.pick(['eager', 'fleet'] as const)
  const { flapLimits, stages } = RETRY_PRESETS[preset]
  const limits: readonly DialLimit[] = random.chance(0.6)
    ? RETRY_PRESETS[preset].limits
    : [{ max: random.integer(3, 30), perMs: 60_000 }]
  const latencyMs = random.pick([0, 1, 20, 100, 300])
  const capMs = random.pick([RETRY_PRESETS[preset].capMs, 5_000])
  const graceMs = random.pick([RETRY_PRESETS[preset].graceMs, 20_000])
  return {
    troubles,
    variant: {
      overlap: random.chance(0.4),
      renews: random.chance(0.3),
      acks: random.chance(0.75),
      messagePings: random.chance(0.5),
    },
    durationMs: random.integer(20_000, 100_000),
    latencyMs,
    // A small window on a long path is a slow link, on which probes wait behind what was written before them.
    windowBytes: latencyMs > 1 ? 65_536 : random.pick([65_536, 200]),
    quietMs: random.pick([800, 4_000, 15_000]),
    retry: {
      preset,
      limits,
      capMs,
      graceMs,
      onExhausted: 'suspend',
      ...(random.chance(0.1) ? { maxAttempts: random.integer(1, 6) } : {}),
    },
    limits,
    flapLimits,
    capMs,
    stages,
    graceMs,
    replayOverlap: random.pick([0, 0, 2]),
    stableAfterMs: random.pick([CONNECTION_DEFAULTS.stableAfterMs, 2_000]),
    maxCount: random.chance(0.7) ? undefined : random.integer(3, 20),
    maxBytes: random.chance(0.7) ? 8_388_608 : random.integer(1_000, 10_000),
    timely: !troubles.includes('clock') && !troubles.includes('signals'),
  }
}
