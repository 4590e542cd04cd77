import { SmallWorld, type SmallWorldOptions } from './small-world.ts'

/** What users have, and a simulation can show: one small world for each kind, told apart by its seed. */
export type Scenario = (wild: Wild) => Promise<void>

/** Where a scenario happens, and where it says what it finds broken. */
export class Wild {
  readonly seed: number
  readonly broken: string[] = []
  /** Of the newest world. */
  world: SmallWorld | undefined
  readonly story: string[] = []

  constructor(seed: number) {
    this.seed = seed
  }

  /** A network, a clock and a server that listens. */
  begin(options: SmallWorldOptions = {}): SmallWorld {
    this.world = new SmallWorld(this.seed, options)
    return this.world
  }

  /** Something for the story. */
  tell(what: string): void {
    this.story.push(`${((this.world?.clock.now() ?? 0) / 1_000).toFixed(3).padStart(9)}  ${what}`)
  }

  /** What takes a while ends while the clock continues. */
  async passing(promise: Promise<void>): Promise<void> {
    let isOver = false
    void promise.then(() => {
      isOver = true
    })
    await this.world?.clock.runUntil(() => isOver, 10_000)
  }

  /** A promise that does not hold is broken. */
  holds(isKept: boolean, what: string): void {
    if (isKept) return
    this.tell(`BROKEN ${what}`)
    this.broken.push(what)
  }
}
