import type { Clock } from '@holdfast/contract'
import type { Append, AppendAnswer, NewEvent, SessionLog } from '@holdfast/log'
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
  readonly append?: Append | undefined
}

/**
 * One stream's way into its log: each append is decided on what those before it will have made of the stream, and written only
 * if the log stands where that was decided. So nothing is written after an end, twice, or by a producer that was replaced,
 * whichever gateway it comes through.
 */
export class AppendPipeline {
  readonly #parts: AppendPipelineParts
  #queue: Waiting[] = []
  #waitingBytes = 0
  #ids = 0
  #isRunning = false

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
    const { log, session, catchUp } = this.#parts
    let planned = this.#plan(taken)
    // What is refused may be right for all that others have written meanwhile.
    if (planned.some(({ decision }) => decision.type === 'refused')) {
      await catchUp()
      planned = this.#plan(taken)
    }
    const appends = planned.flatMap(({ append }) => (append === undefined ? [] : [append]))
    const answers = appends.length === 0 ? [] : await log.appendAll(session, appends)
    const left = this.#settle(planned, answers)
    if (left.length === 0) return
    await catchUp()
    this.#queue.unshift(...left)
  }

  #plan(taken: readonly Waiting[]): readonly Planned[] {
    const { state, idPrefix, clock } = this.#parts
    const draft = new DraftState(state())
    let head = state().n
    const at = clock.epoch()
    return taken.map((waiting) => {
      const { request } = waiting
      const decision = decideAppend(draft, request)
      if (decision.type !== 'append') return { waiting, decision }
      const events = storedAppend(request.bytes, request, request.closes).map((part) => {
        this.#ids += 1
        return { id: `${idPrefix}${this.#ids.toString(36)}`, at, ...part }
      })
      const append = { events, options: { producer: { id: idPrefix, fence: 0 }, expectedHead: head } }
      head += events.length
      return { waiting, decision, append }
    })
  }

  /** In order, up to the first that was not written. What is to be tried again after it. */
  #settle(planned: readonly Planned[], answers: readonly AppendAnswer[]): readonly Waiting[] {
    let next = 0
    for (const [at, { waiting, decision, append }] of planned.entries()) {
      if (append === undefined) {
        settleWaiting(waiting, decision)
        continue
      }
      const answer = answers[next++]
      if (answer?.outcome === 'appended') {
        this.#parts.written(append.events.map((event, i) => ({ ...event, n: answer.first + i })))
        settleWaiting(waiting, decision)
        continue
      }
      const rest = planned.slice(at + 1).map((one) => one.waiting)
      const error = answer === undefined ? unavailable() : refusalOf(answer)
      if (error === undefined) return [waiting, ...rest].filter(mayTryAgain)
      waiting.fail(error)
      if (error.code !== 'streams/unavailable' && error.code !== 'streams/not_found') return rest.filter(mayTryAgain)
      for (const { fail } of rest) fail(error)
      return []
    }
    return []
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

/** Undefined where somebody else was first: it is decided anew. */
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
