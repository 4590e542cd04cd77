import type { Append, AppendOptions, AppendResult, measureAll } from '@holdfast/log'

/** One event on its way to the disk: id, kind, at, payload as JSON, bytes. */
export type EventRow = readonly [id: string, kind: string, at: number, payload: string, size: number]

/** One append on its way to the disk. */
export interface RowAppend {
  readonly events: readonly EventRow[]
  readonly bytes: number
  readonly options: AppendOptions
}

type Batch = Exclude<ReturnType<typeof measureAll>[number], { readonly outcome: string }>

/** A value that is the one of the row before; in `keys`, the id of the append's first event. */
type Same = null

/**
 * Appends of one session on their way to the disk, as columns: few arrays of plain values pass between threads in a third
 * of the time that as many objects take.
 */
export interface AppendColumns {
  /** Of each event. */
  readonly ids: readonly string[]
  readonly kinds: readonly (string | Same | undefined)[]
  readonly ats: readonly number[]
  readonly payloads: readonly string[]
  readonly sizes: readonly number[]
  /** Of each append: how many events it has, and how it is checked. */
  readonly counts: readonly number[]
  readonly producers: readonly (string | Same | undefined)[]
  readonly fences: readonly number[]
  readonly seqs: readonly (number | undefined)[]
  readonly heads: readonly (number | undefined)[]
  readonly keys: readonly (string | Same | undefined)[]
  readonly keyScopes: readonly (string | Same | undefined)[]
  readonly senders: readonly (string | Same | undefined)[]
  readonly numbers: readonly number[]
  readonly dones: readonly number[]
}

/** What was answered to each append: how many events, where they follow those of the append before; else the answer. */
export interface AppendAnswers {
  /** Number of the first event that was appended. */
  readonly first: number
  readonly answers: readonly (number | AppendResult)[]
}

/** Puts appends that were measured into columns. What was refused is left out. */
export function columnsOf(appends: readonly Append[], batches: ReturnType<typeof measureAll>): AppendColumns {
  const [kinds, producers, keyScopes, senders] = [new Repeating(), new Repeating(), new Repeating(), new Repeating()]
  const ids: string[] = []
  const payloads: string[] = []
  const sizes: number[] = []
  const written = appends.filter((_, at) => isMeasured(batches[at]))
  for (const batch of batches) {
    if (!isMeasured(batch)) continue
    payloads.push(...batch.texts)
    sizes.push(...batch.sizes)
  }
  for (const { events, options } of written) {
    for (const { id, kind } of events) {
      ids.push(id)
      kinds.push(kind)
    }
    producers.push(options.producer.id)
    keyScopes.push(options.keyScope)
    senders.push(options.sender?.id)
  }
  return {
    ids,
    kinds: kinds.values,
    ats: written.flatMap(({ events }) => events.map(({ at }) => at)),
    payloads,
    sizes,
    counts: written.map(({ events }) => events.length),
    producers: producers.values,
    fences: written.map(({ options }) => options.producer.fence),
    seqs: written.map(({ options }) => options.producer.seq),
    heads: written.map(({ options }) => options.expectedHead),
    keys: written.map(({ events, options: { key } }) => (key !== undefined && key === events[0]?.id ? null : key)),
    keyScopes: keyScopes.values,
    senders: senders.values,
    numbers: written.map(({ options }) => options.sender?.n ?? 0),
    dones: written.map(({ options }) => options.sender?.done ?? 0),
  }
}

/** Whether an append is to be written. */
function isMeasured(batch: ReturnType<typeof measureAll>[number] | undefined): batch is Batch {
  return batch !== undefined && !('outcome' in batch)
}

/** The appends in such columns. */
export function appendsOf(columns: AppendColumns): readonly RowAppend[] {
  const { ids, ats, payloads, sizes, counts, fences, seqs, heads, numbers, dones } = columns
  const kinds = filled(columns.kinds)
  const producers = filled(columns.producers)
  const keyScopes = filled(columns.keyScopes)
  const senders = filled(columns.senders)
  let next = 0
  return counts.map((count, at) => {
    const events: EventRow[] = []
    let bytes = 0
    const firstId = ids[next]
    for (const end = next + count; next < end; next++) {
      const size = sizes[next] ?? 0
      events.push([ids[next] ?? '', kinds[next] ?? '', ats[next] ?? 0, payloads[next] ?? '', size])
      bytes += size
    }
    const id = senders[at]
    const key = columns.keys[at] === null ? firstId : (columns.keys[at] ?? undefined)
    return {
      events,
      bytes,
      options: {
        producer: { id: producers[at] ?? '', fence: fences[at] ?? 0, seq: seqs[at] },
        expectedHead: heads[at],
        key,
        keyScope: keyScopes[at],
        sender: id === undefined ? undefined : { id, n: numbers[at] ?? 0, done: dones[at] ?? 0 },
      },
    }
  })
}

/** Says shortly what was answered to each. */
export function answersOf(results: readonly AppendResult[]): AppendAnswers {
  let first = 0
  let next = 0
  const answers = results.map((result): number | AppendResult => {
    if (result.outcome !== 'appended') return result
    if (first === 0) first = next = result.first
    if (result.first !== next) return result
    next = result.last + 1
    return next - result.first
  })
  return { first, answers }
}

/** What {@link answersOf} was made of. */
export function resultsOf({ first, answers }: AppendAnswers): readonly AppendResult[] {
  let next = first
  return answers.map((answer): AppendResult => {
    if (typeof answer !== 'number') return answer
    const from = next
    next += answer
    return { outcome: 'appended', first: from, last: next - 1 }
  })
}

/** A column in which most values are those of the row before. */
class Repeating {
  readonly values: (string | Same | undefined)[] = []
  #last: string | undefined

  push(value: string | undefined): void {
    this.values.push(value === this.#last ? null : value)
    this.#last = value
  }
}

function filled(values: AppendColumns['senders']): readonly (string | undefined)[] {
  let last: string | undefined
  return values.map((value) => {
    if (value !== null) last = value
    return last
  })
}
