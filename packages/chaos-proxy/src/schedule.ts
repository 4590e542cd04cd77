import { type SeededRandom, seededRandom } from '@holdfast/testkit'
import { invalidOption } from './errors.ts'
import { FAULT_KINDS, type Fault, type FaultKind, isFaultKind } from './faults.ts'

/** A fault and when it begins, in milliseconds from the start of the schedule. */
export interface TimedFault {
  readonly atMs: number
  readonly fault: Fault
}

/** Options of {@link seededFaults}. */
export interface ScheduleOptions {
  /** The same seed gives the same faults at the same times. */
  readonly seed: number | string
  /** Which faults may occur. @defaultValue all of {@link FAULT_KINDS} */
  readonly kinds?: readonly FaultKind[] | undefined
  /** One fault in every slot of this many milliseconds; it is over before the slot ends. */
  readonly everyMs: number
}

/**
 * An endless list of faults, made as it is read. A fault begins in the first half of its slot and lasts at most the
 * other half, so that two never overlap and the link is well again between them.
 * @throws `chaos/invalid_option`
 */
export function seededFaults(options: ScheduleOptions): Iterable<TimedFault> {
  const { seed, everyMs } = options
  const kinds = options.kinds ?? Object.keys(FAULT_KINDS).filter(isFaultKind)
  if (!(everyMs > 0) || !Number.isFinite(everyMs)) {
    throw invalidOption(`expected everyMs to be a number above zero, got ${everyMs}`)
  }
  if (kinds.length === 0) throw invalidOption('expected at least one kind of fault, got none')
  return drawFaults(seededRandom(seed), kinds, everyMs)
}

function* drawFaults(random: SeededRandom, kinds: readonly FaultKind[], everyMs: number): Generator<TimedFault> {
  for (let slot = 0; ; slot += 1) {
    const atMs = Math.round((slot + random.between(0, 0.5)) * everyMs)
    yield { atMs, fault: drawFault(random.pick(kinds), random, everyMs / 2) }
  }
}

/** The first `count` of {@link seededFaults}. */
export function seededSchedule(options: ScheduleOptions & { readonly count: number }): readonly TimedFault[] {
  const schedule: TimedFault[] = []
  for (const timed of seededFaults(options)) {
    if (schedule.length >= options.count) break
    schedule.push(timed)
  }
  return schedule
}

function drawFault(kind: FaultKind, random: SeededRandom, longestMs: number): Fault {
  const forMs = Math.round(random.between(0.2, 1) * longestMs)
  switch (kind) {
    case 'reset':
    case 'fin':
      return { kind }
    case 'reset-mid-frame':
      return { kind, direction: random.pick(['up', 'down']) }
    case 'black-hole':
      return { kind, direction: random.pick(['up', 'down', 'both']), forMs }
    case 'delay':
      return { kind, ms: random.integer(5, 300), forMs }
    case 'throttle':
      return { kind, bytesPerSecond: random.integer(1_000, 50_000), forMs }
    case 'refuse':
    case 'accept-drop':
      return { kind, forMs }
    case 'handshake-drop':
      return { kind, afterBytes: random.integer(0, 120), forMs }
  }
}
