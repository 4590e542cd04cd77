import type { Mutant } from './mutant.ts'
import { WILD_MUTANTS } from './wild-mutants.ts'

/** Each patches one place in the engine's source as it is bundled for the test; a patch that does not fit is an error. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'reset-at-open': {
    what: 'attempts count from 1 again as soon as a connection is open',
    file: 'connection/machine/step.ts',
    from: "next.status = { state: 'open', since: at.now,",
    to: "resetRetry(next); next.status = { state: 'open', since: at.now,",
  },
  'jitter-after-cap': {
    what: 'jitter is added after the cap',
    file: 'retry/backoff.ts',
    from: 'return least + random() * (window - least)',
    to: 'return window * (0.8 + random() * 0.4) + least * 0',
  },
  'no-generation-check': {
    what: 'what an older dial says is believed',
    file: 'connection/machine/step.ts',
    from: 'event.generation === machine.generation && isActive(machine.status)',
    to: 'event.generation >= 0',
  },
  'close-not-terminate': {
    what: 'a failed link is asked to close instead of freed',
    file: 'connection/attempt.ts',
    from: 'channel.terminate()\n      else',
    to: 'channel.close()\n      else',
  },
  'no-dedup': {
    what: 'what is replayed is delivered again',
    file: 'delivery/cursor.ts',
    from: "return { kind: 'duplicate' }",
    to: "return { kind: 'next' }",
  },
  'silent-gap': {
    what: 'a hole in the numbers is not told',
    file: 'delivery/cursor.ts',
    from: 'if (expected) return',
    to: 'if (expected || seq > 0) return',
  },
  'flush-before-status': {
    what: 'the queue is written before anybody knows that the connection is open',
    file: 'connection/engine.ts',
    from: '() => this.#commit(dial, ready, resumed, isInDoubt),',
    to: '() => { this.#commit(dial, ready, resumed, isInDoubt); this.outbox.opened(this.confirms, { ...result, continued: resumed }) },',
  },
  'stable-at-once': {
    what: 'a connection is stable with its first message',
    file: 'connection/engine.ts',
    from: '!awaitsSign && stableTimer === undefined',
    to: '!awaitsSign && stableTimer !== null',
  },
  'no-dial-budget': {
    what: 'nothing limits dials',
    file: 'retry/budget.ts',
    from: 'at = Math.max(at, oldest + perMs)',
    to: 'at = Math.max(at, now)',
  },
  'late-timer-kills': {
    what: 'a late timer is taken for silence',
    package: 'contract',
    file: 'liveness/heartbeat-moves.ts',
    from: `for (const probe of next.probes) probe.deadlineAt += late
  if (awaitedOf(next)?.decisive === true) return Math.max(late, moved) >= SLEPT_MS
  return moved > LATE_MS || late > Math.max(LATE_MS, timer.delayMs / 2)`,
    to: 'return late + moved + timer.delayMs < LATE_MS - SLEPT_MS',
    troubles: ['clock'],
  },
  'asks-twice-at-once': {
    what: 'a function for credentials is called while it runs',
    file: 'connection/preparations.ts',
    from: 'this.#flight ??= this.#call(context)',
    to: 'this.#flight = this.#call(context)',
    troubles: ['credentials', 'user'],
  },
  'deaf-to-silence': {
    what: 'a silent link is never given up',
    package: 'contract',
    file: 'liveness/heartbeat.ts',
    from: 'return host.dead(effect.dead)',
    to: 'return',
    troubles: ['network'],
  },
  'once-again': {
    what: 'what may have arrived is written again though its sender forbade it',
    file: 'delivery/outbox/outbox.ts',
    from: "return deliveryClass === 'once' ||",
    to: "return deliveryClass === 'volatile' ||",
  },
  'rejects-written': {
    what: 'what may have arrived is told to be lost',
    file: 'delivery/outbox/pending-messages.ts',
    from: "if (entry.probeMark === 0) return this.settle(entry, 'rejected', 'notSent', error)",
    to: "return this.settle(entry, 'rejected', 'notSent', error)",
  },
  'holes-in-order': {
    what: 'an ordered message that is taken back leaves its number unused',
    file: 'delivery/outbox/pending-messages.ts',
    from: '    this.#seq += 1\n    if (delivery.seq === this.#seq) return',
    to: '    if (entry.probeMark === 0) this.#seq = delivery.seq ?? 0\n    else this.#seq += 1\n    if (delivery.seq === this.#seq) return',
    troubles: ['user', 'network'],
  },
  'keeps-epoch': {
    what: 'a new history keeps the numbers of the old one',
    file: 'delivery/outbox/outbox.ts',
    from: '      this.#pendingIfAny?.newEpoch()\n    } else',
    to: '    } else',
  },
  'signal-undoes-close': {
    what: 'the user suspends, and a wake signal starts it again',
    file: 'connection/machine/wake.ts',
    from: "state === 'suspended' && status.reason !== 'user'",
    to: "state === 'suspended'",
  },
  'leaks-timer': {
    what: 'close() leaves a timer armed',
    package: 'contract',
    file: 'liveness/heartbeat-step.ts',
    from: 'next.over = true\n  next.timer = undefined',
    to: 'next.over = true',
  },
  'leaks-secret': {
    what: 'the flight recorder keeps the credentials',
    file: 'connection/engine.ts',
    from: 'this.notifier.opens += 1',
    to: "this.notifier.opens += 1; this.notifier.record(JSON.stringify(dial.credentials ?? ''))",
  },
  ...WILD_MUTANTS,
}
