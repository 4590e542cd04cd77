import type { Clock } from '@holdfast/contract'

/** Origins that are remembered; the one that was used longest ago is forgotten first. */
const MAX_ORIGINS = 64

interface Memory {
  readonly way: number
  readonly until: number
  /** The way that stalled before this one had its turn. */
  readonly stalled?: number
}

/** Which way worked, for each origin and for a while. */
export class Memories {
  readonly #clock: Clock
  readonly #rememberMs: number
  readonly #ways = new Map<string, Memory>()

  constructor(clock: Clock, rememberMs: number) {
    this.#clock = clock
    this.#rememberMs = rememberMs
  }

  wayTo(url: string): number | undefined {
    return this.#known(url)?.way
  }

  /** The way that stalled, and so has no turn before the one that is remembered. */
  stalledOn(url: string): number | undefined {
    return this.#known(url)?.stalled
  }

  /** Counts from when it first worked: a better way has its turn again. */
  worked(url: string, way: number): void {
    if (this.wayTo(url) !== way) this.#set(url, { way })
  }

  /** This way let its beginning through and then nothing: the next one has its turn for as long. */
  stalled(url: string, way: number, count: number): void {
    this.#set(url, { way: (way + 1) % count, stalled: way })
  }

  forget(url: string): void {
    this.#ways.delete(originOf(url))
  }

  #known(url: string): Memory | undefined {
    const known = this.#ways.get(originOf(url))
    return known !== undefined && known.until > this.#clock.now() ? known : undefined
  }

  #set(url: string, memory: Omit<Memory, 'until'>): void {
    const origin = originOf(url)
    this.#ways.delete(origin)
    this.#ways.set(origin, { ...memory, until: this.#clock.now() + this.#rememberMs })
    for (const oldest of this.#ways.keys()) {
      if (this.#ways.size <= MAX_ORIGINS) return
      this.#ways.delete(oldest)
    }
  }
}

function originOf(url: string): string {
  return /^[a-z][a-z\d+.-]*:\/\/(?:[^/?#]*@)?([^/?#]*)/i.exec(url)?.[1] ?? ''
}
