import type { Clock, Random, Timer } from '@holdfast/contract'
import type { RetryOptions } from '../retry/presets.ts'
import { type Effect, INITIAL_MACHINE, type Machine, type MachineEvent } from './machine/state.ts'
import { step } from './machine/step.ts'
import type { Status } from './status.ts'
import { type Look, type WaitBounds, Waits } from './status-waiters.ts'

/** An event for the machine, and what belongs to it. */
interface Turn {
  readonly event: MachineEvent
  /** Runs when the event changed the status, before listeners are notified. */
  readonly commit: (() => void) | undefined
  /** Runs after all listeners were notified, or none had to be. */
  readonly after: (() => void) | undefined
}

/** Who performs what the machine decides. */
export interface MachineLoopHost {
  readonly clock: Clock
  readonly options: { readonly random: Random; readonly retry: RetryOptions }
  readonly protocol: { readonly overlap?: boolean | undefined }
  readonly isLoopback: boolean
  /** The event has its turn now. */
  begins(event: MachineEvent): void
  perform(effect: Effect): void
  /** Whether the page is seen has changed. */
  hidden(hidden: boolean): void
  changed(status: Status, previous: Status): void
}

/** Where a connection stands: one event at a time, its timer, and those who wait for a status. */
export class MachineLoop {
  machine: Machine = INITIAL_MACHINE
  readonly #host: MachineLoopHost
  /** Events that wait for the one being applied; undefined while none is. */
  #turns: Turn[] | undefined
  #dueTimer: Timer | undefined
  #armedAt: number | undefined
  #waits: Waits | undefined

  constructor(host: MachineLoopHost) {
    this.#host = host
  }

  /** What a listener does while one event is emitted is queued behind it. */
  apply(event: MachineEvent, commit?: () => void, after?: () => void): void {
    if (this.#turns !== undefined) {
      this.#turns.push({ event, commit, after })
      return
    }
    const turns: Turn[] = [{ event, commit, after }]
    this.#turns = turns
    try {
      for (const turn of turns) this.#turn(turn)
    } finally {
      this.#turns = undefined
    }
    this.#look(true)
  }

  #look(atRest: boolean): void {
    if (this.#waits?.look(this.machine.status, atRest) === false) this.#waits = undefined
  }

  /** Waits for a status. What is being applied is looked at when it is done. */
  wait(look: Look, bounds: WaitBounds): Promise<void> {
    this.#waits ??= new Waits(this.#host.clock)
    const waited = this.#waits.add(look, bounds)
    if (this.#turns === undefined) this.#look(true)
    return waited
  }

  #turn({ event, commit, after }: Turn): void {
    const host = this.#host
    host.begins(event)
    const before = this.machine
    const { random, retry } = host.options
    const now = host.clock.now()
    const env = { now, random, retry, overlap: host.protocol.overlap === true, loopback: host.isLoopback }
    const { machine, effects } = step(before, event, env)
    this.machine = machine
    this.#arm(machine.dueAt, now)
    if (machine.hidden !== before.hidden) host.hidden(machine.hidden)
    for (const effect of effects) host.perform(effect)
    if (machine.status === before.status) return after?.()
    commit?.()
    host.changed(machine.status, before.status)
    after?.()
    this.#look(false)
    if (machine.reopen && machine.status.state === 'closed') this.apply({ type: 'connect' })
  }

  #arm(dueAt: number | undefined, now: number): void {
    if (dueAt === this.#armedAt) return
    this.#dueTimer?.cancel()
    this.#dueTimer = undefined
    this.#armedAt = dueAt
    if (dueAt === undefined) return
    this.#dueTimer = this.#host.clock.after(dueAt - now, () => {
      this.#armedAt = undefined
      this.apply({ type: 'due' })
    })
  }
}
