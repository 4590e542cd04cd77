import { EMPTY_EVENT_HASH, eventHashOf, type LogEvent } from '@holdfast/log'
import { isClose, marksOf, type ProducerTuple } from './stored-append.ts'

/** Where a producer stands. */
export interface ProducerState {
  readonly epoch: number
  /** The highest number that was taken. */
  readonly seq: number
}

/** What a stream's events say of its end and of its writers: the same events make the same state, on every gateway. */
export class WriterState {
  /** The event that was applied last, of this stream's own log; 0: none was. */
  n = 0
  /** The last event that has data, and its hash. */
  tail = 0
  tailHash: string = EMPTY_EVENT_HASH
  isClosed = false
  /** Who closed it, where that was said. */
  closedBy: ProducerTuple | undefined
  /** The highest `Stream-Seq`. */
  seq: string | undefined
  readonly #maxProducers: number
  // In the order of their last append.
  readonly #producers = new Map<string, ProducerState>()

  constructor(maxProducers: number) {
    this.#maxProducers = maxProducers
  }

  producer(id: string): ProducerState | undefined {
    return this.#producers.get(id)
  }

  apply(event: Pick<LogEvent, 'n' | 'id' | 'kind' | 'payload'>): void {
    const { producer, seq } = marksOf(event)
    this.n = event.n
    if (seq !== undefined) this.seq = seq
    if (producer !== undefined) this.#remember(producer)
    if (isClose(event)) {
      this.isClosed = true
      this.closedBy = producer
    } else {
      this.tail = event.n
      this.tailHash = eventHashOf(event.id)
    }
  }

  /** Any JSON value: all of it. */
  snapshot(): unknown {
    const { tail, tailHash, isClosed, closedBy, seq } = this
    const producers = [...this.#producers].map(([id, state]) => [id, state.epoch, state.seq])
    return { v: 1, tail, tailHash, isClosed, closedBy, seq, producers }
  }

  /** Takes over a stored snapshot. False where it cannot be read. */
  restore(n: number, stored: unknown): boolean {
    if (typeof stored !== 'object' || stored === null) return false
    const { v, tail, tailHash, isClosed, seq, producers, closedBy }: Partial<Record<string, unknown>> = { ...stored }
    const fits = v === 1 && typeof tail === 'number' && typeof tailHash === 'string' && Array.isArray(producers)
    if (!fits) return false
    this.n = n
    this.tail = tail
    this.tailHash = tailHash
    this.isClosed = isClosed === true
    this.closedBy = tupleIn(closedBy)
    this.seq = typeof seq === 'string' ? seq : undefined
    for (const entry of producers) {
      const producer = tupleIn(entry)
      if (producer !== undefined) this.#remember(producer)
    }
    return true
  }

  #remember([id, epoch, seq]: ProducerTuple): void {
    this.#producers.delete(id)
    this.#producers.set(id, { epoch, seq })
    if (this.#producers.size <= this.#maxProducers) return
    const [oldest] = this.#producers.keys()
    if (oldest !== undefined) this.#producers.delete(oldest)
  }
}

function tupleIn(value: unknown): ProducerTuple | undefined {
  if (!Array.isArray(value)) return undefined
  const [id, epoch, seq]: readonly unknown[] = value
  const isTuple = typeof id === 'string' && typeof epoch === 'number' && typeof seq === 'number'
  return isTuple ? [id, epoch, seq] : undefined
}
