import type { Clock } from '@holdfast/contract'
import type { AppendAnswer, NewEvent, SessionLog } from '@holdfast/log'
import { StreamError } from '../errors.ts'
import { type AppendDecision, type Appended, type AppendRequest, DraftState, decideAppend } from './append-decision.ts'
import { storedAppend } from './stored-append.ts'
import type { WriterState } from './writer-state.ts'

/** Appends that are brought to the log in one go, and what they carry together. */
const BATCH = { count: 500, bytes: 2_000_000 } as const

/** Of what an append counts for beside its body. */
const REQUEST_BYTES = 512

/** Others write the same stream elsewhere: after so many times that they were first, the client is asked to wait. */
const MAX_TRIES = 50

/** What a pipeline is made of. */
export interface AppendPipelineParts {
  readonly log: SessionLog
  readonly session: string
  /** Begins the ids of events: another one for each pipeline. */
  readonly idPrefix: string
  readonly maxWaitingBytes: number
  readonly clock: Clock
  readonly state: () => WriterState
  /** Applies what is in the log and not in the state. */
  readonly catchUp: () => Promise<void>
  /** Events are in the log, the next ones of the state. */
  readonly written: (events: readonly (NewEvent & { readonly n: number })[]) => void
}

interface Waiting {
  readonly request: AppendRequest
  readonly settle: (appended: Appended) => void
  readonly fail: (error: unknown) => void
  tries: number
}

interface Planned {
  readonly waiting: Waiting
  readonly decision: AppendDecision
  /** What it adds to the log; nothing where it is answered without. */
  readonly events: readonly NewEvent[]
}

/**
 * One stream's way into its log: each append is decided on what those before it will have made of the stream, and written only
 * if the log stands where that was decided: all that is brought together, or nothing of it. So nothing is written after an end,
 * twice, or by a producer that was replaced, whichever gateway it comes through.
 */
export class AppendPipeline {
  readonly #parts: AppendPipelineParts
  #queue: Waiting[] = []
  #waitingBytes = 0
  #ids = 0
  #isRunning = false
  /** How many are brought one by one: together they were too much. */
  #alone = 0

  constructor(parts: AppendPipelineParts) {
    this.#parts = parts
  }

  get isIdle(): boolean {
    return !this.#isRunning
  }

  /** @throws StreamError for what is refused, and where the log cannot take it */
  append(request: AppendRequest): Promise<Appended> {
    const size = request.bytes.length + REQUEST_BYTES
    if (this.#waitingBytes > 0 && this.#waitingBytes + size > this.#parts.maxWaitingBytes) {
      return Promise.reject(
        new StreamError('streams/unavailable', 'As much waits for the log as may: try again shortly.'),
      )
    }
    this.#waitingBytes += size
    const answer = new Promise<Appended>((settle, fail) => {
      this.#queue.push({ request, settle, fail, tries: 0 })
    })
    if (!this.#isRunning) void this.#run()
    return answer.finally(() => {
      this.#waitingBytes -= size
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    // What comes in the same turn travels together.
    await null
    while (this.#queue.length > 0) {
      const taken = this.#take()
      try {
        await this.#bring(taken)
      } catch (error) {
        // What became of it is not known here: the state is made anew of what is in the log.
        for (const { fail } of taken) fail(error)
        await this.#parts.catchUp().catch(() => {})
      }
    }
    this.#isRunning = false
  }

  #take(): readonly Waiting[] {
    if (this.#alone > 0) {
      this.#alone -= 1
      return this.#queue.splice(0, 1)
    }
    let bytes = 0
    let count = 0
    for (const { request } of this.#queue) {
      bytes += request.bytes.length
      if (count > 0 && (bytes > BATCH.bytes || count >= BATCH.count)) break
      count++
    }
    return this.#queue.splice(0, count)
  }

  async #bring(taken: readonly Waiting[]): Promise<void> {
    const { log, session, catchUp, state } = this.#parts
    let planned = this.#plan(taken)
    // What is refused may be right for all that others have written meanwhile.
    if (planned.some(({ decision }) => decision.type === 'refused')) {
      await catchUp()
      planned = this.#plan(taken)
    }
    const events = planned.flatMap((one) => one.events)
    if (events.length === 0) {
      for (const { waiting, decision } of planned) settleWaiting(waiting, decision)
      return
    }
    const options = { producer: { id: this.#parts.idPrefix, fence: 0 }, expectedHead: state().n }
    const [answer] = await log.appendAll(session, [{ events, options }])
    if (answer?.outcome === 'appended') return this.#settle(planned, answer.first)
    const error = answer === undefined ? unavailable() : refusalOf(answer)
    // Another writer was first: everything is decided again.
    if (error === undefined) return this.#again(taken)
    const isOfOne = error.code === 'streams/full' || error.code === 'streams/too_large'
    if (isOfOne && taken.length > 1) {
      this.#alone = taken.length
      this.#queue.unshift(...taken)
      return
    }
    for (const { fail } of taken) fail(error)
  }

  #plan(taken: readonly Waiting[]): readonly Planned[] {
    const { state, idPrefix, clock } = this.#parts
    const draft = new DraftState(state())
    const at = clock.epoch()
    return taken.map((waiting) => {
      const { request } = waiting
      const decision = decideAppend(draft, request)
      if (decision.type !== 'append') return { waiting, decision, events: [] }
      const events = storedAppend(request.bytes, request, request.closes).map((part) => {
        this.#ids += 1
        return { id: `${idPrefix}${this.#ids.toString(36)}`, at, ...part }
      })
      return { waiting, decision, events }
    })
  }

  #settle(planned: readonly Planned[], first: number): void {
    let n = first
    for (const { waiting, decision, events } of planned) {
      const from = n
      n += events.length
      this.#parts.written(events.map((event, i) => ({ ...event, n: from + i })))
      settleWaiting(waiting, decision)
    }
  }

  async #again(taken: readonly Waiting[]): Promise<void> {
    await this.#parts.catchUp()
    this.#queue.unshift(...taken.filter(mayTryAgain))
  }
}

function settleWaiting({ settle, fail }: Waiting, decision: AppendDecision): void {
  if (decision.type === 'refused') fail(decision.error)
  else settle(decision.appended)
}

function mayTryAgain(waiting: Waiting): boolean {
  waiting.tries += 1
  if (waiting.tries <= MAX_TRIES) return true
  waiting.fail(new StreamError('streams/unavailable', 'Others write this stream at the same time: try again shortly.'))
  return false
}

/** Undefined where another writer was first: it is decided again. */
function refusalOf(answer: Exclude<AppendAnswer, { readonly outcome: 'appended' }>): StreamError | undefined {
  switch (answer.outcome) {
    case 'conflict':
      return undefined
    case 'unavailable':
      return unavailable(answer.retryAfterMs)
    case 'malformed':
      return new StreamError('streams/internal', 'The server failed.', { cause: answer.error })
    case 'refused':
      if (answer.reason === 'quota') return new StreamError('streams/full', 'The stream holds as much as it may.')
      if (answer.reason === 'too-large') return new StreamError('streams/too_large', 'The body is larger than allowed.')
      if (answer.reason === 'unknown-session') return new StreamError('streams/not_found', 'There is no such stream.')
      return unavailable()
    default:
      return new StreamError('streams/internal', 'The server failed.')
  }
}

function unavailable(waitMs = 1_000): StreamError {
  return new StreamError('streams/unavailable', 'The log cannot take it now: nothing was written.', {
    details: { waitMs },
  })
}
