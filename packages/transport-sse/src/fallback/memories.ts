import type { Clock } from '@holdfast/contract'

/** Origins that are remembered; the one that was used longest ago is forgotten first. */
const MAX_ORIGINS = 64

interface Memory {
  readonly transport: number
  readonly until: number
  /** The transport that stalled before this one had its turn. */
  readonly stalled?: number
}

/** Which transport worked, for each origin and for a while. */
export class Memories {
  readonly #clock: Clock
  readonly #rememberMs: number
  readonly #origins = new Map<string, Memory>()

  constructor(clock: Clock, rememberMs: number) {
    this.#clock = clock
    this.#rememberMs = rememberMs
  }

  transportTo(url: string): number | undefined {
    return this.#known(url)?.transport
  }

  /** The transport that stalled, and so has no turn before the one that is remembered. */
  stalledOn(url: string): number | undefined {
    return this.#known(url)?.stalled
  }

  /** Counts from when it first worked: a better transport has its turn again. */
  worked(url: string, transport: number): void {
    if (this.transportTo(url) !== transport) this.#set(url, { transport })
  }

  /** This transport let its beginning through and then nothing: the next one has its turn for as long. */
  stalled(url: string, transport: number, count: number): void {
    this.#set(url, { transport: (transport + 1) % count, stalled: transport })
  }

  forget(url: string): void {
    this.#origins.delete(originOf(url))
  }

  #known(url: string): Memory | undefined {
    const known = this.#origins.get(originOf(url))
    return known !== undefined && known.until > this.#clock.now() ? known : undefined
  }

  #set(url: string, memory: Omit<Memory, 'until'>): void {
    const origin = originOf(url)
    this.#origins.delete(origin)
    this.#origins.set(origin, { ...memory, until: this.#clock.now() + this.#rememberMs })
    for (const oldest of this.#origins.keys()) {
      if (this.#origins.size <= MAX_ORIGINS) return
      this.#origins.delete(oldest)
    }
  }
}

function originOf(url: string): string {
  return /^[a-z][a-z\d+.-]*:\/\/(?:[^/?#]*@)?([^/?#]*)/i.exec(url)?.[1] ?? ''
}
