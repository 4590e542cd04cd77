import type { Clock, Timer, Transport } from '@holdfast/contract'
import type { Directions, Fault, TimedFault } from './faults.ts'
import type { Direction, MemoryLink } from './memory-link.ts'
import type { PipeConditions } from './memory-pipe.ts'
import {
  type DialFault,
  type ListenOptions,
  type MemoryListener,
  type MemoryNetwork,
  type MemoryNetworkOptions,
  type MemoryTransportOptions,
  memoryNetwork,
  type Serve,
} from './memory-transport.ts'

/** A script that plays. */
export interface RunningScript {
  /** Faults that have not happened yet. */
  readonly remaining: number
  cancel(): void
}

/** Options of a script. */
export interface ScriptOptions {
  /** Called before each fault: for a trace. */
  readonly happened?: ((fault: Fault) => void) | undefined
}

const DIRECTIONS: readonly Direction[] = ['toServer', 'toClient']

/**
 * A network in memory in which things go wrong on request. A fault holds for all links, and for those to come; with a
 * link given, for that one alone.
 */
export class SimulatedNetwork {
  readonly #clock: Clock
  /** The network underneath. */
  readonly memory: MemoryNetwork
  #dialFault: DialFault = 'none'
  #downUntil = Number.NEGATIVE_INFINITY

  constructor(options: MemoryNetworkOptions) {
    this.#clock = options.clock
    this.memory = memoryNetwork(options)
    this.memory.dialFault = () => (this.#clock.now() < this.#downUntil ? { refuse: {} } : this.#dialFault)
  }

  get transport(): Transport {
    return this.memory.transport
  }

  transportFor(options?: MemoryTransportOptions): Transport {
    return this.memory.transportFor(options)
  }

  listen(serve: Serve, options?: ListenOptions): MemoryListener {
    return this.memory.listen(serve, options)
  }

  get links(): readonly MemoryLink[] {
    return this.memory.links
  }

  get openChannels(): number {
    return this.memory.openChannels
  }

  get dialCount(): number {
    return this.memory.dialCount
  }

  get listeners(): readonly MemoryListener[] {
    return this.memory.listeners
  }

  /** Makes one fault happen now. */
  apply(fault: Fault, link?: MemoryLink): void {
    switch (fault.kind) {
      case 'latency':
        this.latency(fault.latencyMs, fault.jitterMs, fault.direction, link)
        return
      case 'throttle':
        this.throttle(fault.bytesPerSecond, fault.direction, link)
        return
      case 'black-hole':
        this.blackHole(fault.direction, link)
        return
      case 'heal':
        this.heal(fault.held, link)
        return
      case 'reset':
        this.reset(link)
        return
      case 'dials':
        this.dials(fault.fault)
        return
      case 'restart':
        this.restart(fault.downMs)
    }
  }

  /** Everything that is sent from now on takes `latencyMs`, and up to `jitterMs` more. The order stays. */
  latency(latencyMs: number, jitterMs = 0, direction: Directions = 'both', link?: MemoryLink): void {
    this.#change({ latencyMs, jitterMs }, direction, link)
  }

  /** At most so many bytes a second; what does not fit under way waits at the sender. `Infinity` ends it. */
  throttle(bytesPerSecond: number, direction: Directions = 'both', link?: MemoryLink): void {
    this.#change({ bytesPerSecond }, direction, link)
  }

  /** Nothing arrives in that direction and neither end is notified: one direction or both make a half-open link. Dials hang. */
  blackHole(direction: Directions = 'both', link?: MemoryLink): void {
    this.#change({ flowing: false }, direction, link)
  }

  /**
   * All flows again. What was kept back arrives late and in order (`late`, as TCP does when the path comes back), or
   * the links that did not flow are reset (`reset`, as after a change of address).
   */
  heal(held: 'late' | 'reset' = 'late', link?: MemoryLink): void {
    const stuck = this.#chosen(link).filter((one) => DIRECTIONS.some((direction) => !one.conditions(direction).flowing))
    if (held === 'reset') for (const one of stuck) one.reset()
    this.#change({ flowing: true }, 'both', link)
  }

  /** The links break: both ends hear of it at once, uncleanly, and dials under way fail. */
  reset(link?: MemoryLink): void {
    for (const one of this.#chosen(link)) one.reset()
  }

  /** What happens to dials from now on: `none`, `hang`, `drop` (accept, then break) or `{ refuse: { status? } }`. */
  dials(fault: DialFault): void {
    this.#dialFault = fault
  }

  /** The server's process ends and every link with it; dials are refused, below HTTP, for `downMs`. */
  restart(downMs = 0): void {
    this.#downUntil = this.#clock.now() + downMs
    for (const one of this.links) one.terminateServer()
  }

  /** Plays timed faults on the clock. Those of the same time happen in the order of the list. */
  play(script: readonly TimedFault[], options: ScriptOptions = {}): RunningScript {
    const waiting = [...script].sort((a, b) => a.atMs - b.atMs)
    const begun = this.#clock.now()
    let timer: Timer | undefined
    const next = (): void => {
      const due = waiting[0]
      if (due === undefined) return
      timer = this.#clock.after(begun + due.atMs - this.#clock.now(), () => {
        waiting.shift()
        options.happened?.(due.fault)
        this.apply(due.fault)
        next()
      })
    }
    next()
    return {
      get remaining() {
        return waiting.length
      },
      cancel: () => {
        timer?.cancel()
        waiting.length = 0
      },
    }
  }

  #chosen(link: MemoryLink | undefined): readonly MemoryLink[] {
    return link === undefined ? this.links : [link]
  }

  #change(conditions: Partial<PipeConditions>, directions: Directions, link: MemoryLink | undefined): void {
    for (const direction of directions === 'both' ? DIRECTIONS : [directions]) {
      if (link === undefined) this.memory.setConditions(direction, conditions)
      for (const one of this.#chosen(link)) one.change(direction, conditions)
    }
  }
}

/** A network in memory, healthy until a fault is started. */
export function simulatedNetwork(options: MemoryNetworkOptions): SimulatedNetwork {
  return new SimulatedNetwork(options)
}
