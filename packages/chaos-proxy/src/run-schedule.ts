import { type Clock, pause } from '@holdfast/contract'
import type { Fault } from './faults.ts'
import type { Direction } from './link.ts'
import type { FaultEvent } from './options.ts'
import type { TimedFault } from './schedule.ts'

/** What a schedule does its faults to. A `ChaosProxy` is one. */
export interface Faulty {
  readonly links: readonly unknown[]
  cut(): void
  resetMidFrame(options: { readonly direction: 'up' | 'down' }): void
  fin(): void
  blackHole(options: { readonly direction: Direction }): void
  delay(ms: number): void
  throttle(bytesPerSecond: number): void
  refuse(on: boolean): Promise<void>
  acceptThenDrop(on: boolean): void
  dropInHandshake(on: boolean, options: { readonly afterBytes: number }): void
  heal(): Promise<void>
}

/** What a run is given. */
export interface RunOptions {
  readonly schedule: Iterable<TimedFault>
  readonly clock: Clock
  readonly onFault: (event: FaultEvent) => void
  readonly signal: AbortSignal
}

/** Performs the faults of a schedule at their times; resolves after the last one, or when aborted. Never rejects. */
export async function runSchedule(proxy: Faulty, options: RunOptions): Promise<void> {
  const { schedule, clock, onFault, signal } = options
  const begun = clock.now()
  const emit = (phase: FaultEvent['phase'], fault: Fault): void =>
    onFault({ atMs: Math.round(clock.now() - begun), phase, fault, links: proxy.links.length })
  for (const { atMs, fault } of schedule) {
    await pause(clock, atMs - (clock.now() - begun), signal)
    if (signal.aborted) return
    emit('begins', fault)
    await perform(proxy, fault)
    if (!('forMs' in fault)) continue
    await pause(clock, fault.forMs, signal)
    if (signal.aborted) return
    // Refusing may fail to get its port back for a moment; the next fault's end tries again.
    await proxy.heal().catch(() => {})
    emit('ends', fault)
  }
}

function perform(proxy: Faulty, fault: Fault): Promise<void> | void {
  switch (fault.kind) {
    case 'reset':
      return proxy.cut()
    case 'reset-mid-frame':
      return proxy.resetMidFrame({ direction: fault.direction })
    case 'fin':
      return proxy.fin()
    case 'black-hole':
      return proxy.blackHole({ direction: fault.direction })
    case 'delay':
      return proxy.delay(fault.ms)
    case 'throttle':
      return proxy.throttle(fault.bytesPerSecond)
    case 'refuse':
      return proxy.refuse(true)
    case 'accept-drop':
      return proxy.acceptThenDrop(true)
    case 'handshake-drop':
      return proxy.dropInHandshake(true, { afterBytes: fault.afterBytes })
  }
}
