/** Sessions of which positions are remembered. */
const MAX_SESSIONS = 1_000
/** Of one session; where there are more, every other one goes. */
const MAX_POINTS = 64

/** Where an event stands: the record with event `n` is the first one of its session from sequence `seq` on. */
export interface Position {
  readonly n: number
  readonly seq: number
}

interface Known {
  readonly epoch: string
  points: Position[]
}

/** Where events of sessions stand in their streams, as far as reads have shown: the next read near them needs no search. */
export class Positions {
  readonly #sessions = new Map<string, Known>()

  /** The nearest one at or before event `n`. It may be gone, as anything that was read before. */
  before(token: string, n: number): (Position & { readonly epoch: string }) | undefined {
    const known = this.#sessions.get(token)
    const point = known?.points.findLast((one) => one.n <= n)
    return known === undefined || point === undefined ? undefined : { ...point, epoch: known.epoch }
  }

  /** The nearest one behind event `n`. */
  after(token: string, n: number): Position | undefined {
    return this.#sessions.get(token)?.points.find((one) => one.n > n)
  }

  remember(token: string, epoch: string, position: Position): void {
    const known = this.#knownOf(token, epoch)
    const at = known.points.findIndex(({ n }) => n >= position.n)
    if (at >= 0 && known.points[at]?.n === position.n) known.points[at] = position
    else known.points.splice(at < 0 ? known.points.length : at, 0, position)
    if (known.points.length > MAX_POINTS) known.points = known.points.filter((_, index) => index % 2 === 0)
  }

  #knownOf(token: string, epoch: string): Known {
    const found = this.#sessions.get(token)
    const known = found?.epoch === epoch ? found : { epoch, points: [] }
    this.#sessions.delete(token)
    this.#sessions.set(token, known)
    if (this.#sessions.size > MAX_SESSIONS) {
      for (const oldest of this.#sessions.keys()) {
        this.#sessions.delete(oldest)
        break
      }
    }
    return known
  }
}
