import type { Clock } from '@holdfast/contract'

/** Origins that are remembered; the one that was used longest ago is forgotten first. */
const MAX_ORIGINS = 64

/** Which way worked, for each origin and for a while. */
export class Memories {
  readonly #clock: Clock
  readonly #rememberMs: number
  readonly #ways = new Map<string, { readonly way: number; readonly until: number }>()

  constructor(clock: Clock, rememberMs: number) {
    this.#clock = clock
    this.#rememberMs = rememberMs
  }

  wayTo(url: string): number | undefined {
    const known = this.#ways.get(originOf(url))
    return known !== undefined && known.until > this.#clock.now() ? known.way : undefined
  }

  /** Counts from when it first worked: a better way has its turn again. */
  worked(url: string, way: number): void {
    const origin = originOf(url)
    if (this.wayTo(url) === way) return
    this.#ways.delete(origin)
    this.#ways.set(origin, { way, until: this.#clock.now() + this.#rememberMs })
    for (const oldest of this.#ways.keys()) {
      if (this.#ways.size <= MAX_ORIGINS) return
      this.#ways.delete(oldest)
    }
  }

  /** This way let its beginning through and then nothing: the next one has its turn for as long. */
  stalled(url: string, way: number, count: number): void {
    if (this.wayTo(url) === way) this.forget(url)
    this.worked(url, (way + 1) % count)
  }

  forget(url: string): void {
    this.#ways.delete(originOf(url))
  }
}

function originOf(url: string): string {
  return /^[a-z][a-z\d+.-]*:\/\/(?:[^/?#]*@)?([^/?#]*)/i.exec(url)?.[1] ?? ''
}
