import type { Append, AppendAnswer, AppendResult } from '../append.ts'
import { isQuota } from '../append-rules.ts'
import type { SessionLog } from '../session-log.ts'

/** Appends that are brought to the log in one go, and what they carry together. */
const BATCH = { count: 500, bytes: 1_048_576 } as const

/** What an append counts for beside its content. */
const APPEND_BYTES = 512

/** What is written in order or not at all: after one that could not be, nothing more of the same stream is. */
export interface WriteStream {
  hasStopped: boolean
}

/** How an append travels. */
export interface QueueOptions {
  readonly writeStream?: WriteStream | undefined
  /** About what it occupies. */
  readonly bytes?: number | undefined
}

interface Waiting extends QueueOptions {
  readonly append: Append
  readonly settle: (result: AppendResult) => void
  readonly fail: (error: unknown) => void
}

const STOPPED: AppendResult = { outcome: 'unavailable', retryAfterMs: 0 }

/**
 * The queue of one session's appends: one call to the log at a time, with everything that queued meanwhile. So a
 * refusal is known before anything behind it is tried, and a slow disk gets fewer, larger calls.
 */
export class AppendQueue {
  readonly #log: SessionLog
  readonly #sessionId: string
  /** Makes room in a full log. */
  readonly #makeRoom: () => Promise<void>
  #queue: Waiting[] = []
  #isRunning = false

  constructor(log: SessionLog, sessionId: string, makeRoom: () => Promise<void>) {
    this.#log = log
    this.#sessionId = sessionId
    this.#makeRoom = makeRoom
  }

  /** Appends after everything that was queued before. Rejects with the error that the log throws. */
  append(append: Append, { writeStream, bytes = 0 }: QueueOptions = {}): Promise<AppendResult> {
    const answer = new Promise<AppendResult>((settle, fail) => {
      this.#queue.push({ append, writeStream, bytes: bytes + APPEND_BYTES, settle, fail })
    })
    if (!this.#isRunning) void this.#run()
    return answer
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    // What came with the first one goes with it: alone, it would make the others wait for its commit.
    await null
    while (this.#queue.length > 0) await this.#bring(this.#take())
    this.#isRunning = false
  }

  #take(): readonly Waiting[] {
    let bytes = 0
    let count = 0
    for (const waiting of this.#queue) {
      bytes += waiting.bytes ?? 0
      if (count > 0 && (bytes > BATCH.bytes || count >= BATCH.count)) break
      count++
    }
    const taken = this.#queue.slice(0, count)
    this.#queue = this.#queue.slice(count)
    return taken
  }

  async #bring(taken: readonly Waiting[]): Promise<void> {
    const tried: Waiting[] = []
    for (const waiting of taken) {
      if (waiting.writeStream?.hasStopped === true) waiting.settle(STOPPED)
      else tried.push(waiting)
    }
    if (tried.length === 0) return
    try {
      const answers = await this.#ask(tried.map(({ append }) => append))
      for (const [at, waiting] of tried.entries()) {
        const answer = answers[at] ?? STOPPED
        if (waiting.writeStream !== undefined && stops(answer)) waiting.writeStream.hasStopped = true
        if (answer.outcome === 'malformed') waiting.fail(answer.error)
        else waiting.settle(answer)
      }
    } catch (error) {
      // It may be in the log or not: the caller finds out by asking again.
      for (const { writeStream, fail } of tried) {
        if (writeStream !== undefined) writeStream.hasStopped = true
        fail(error)
      }
    }
  }

  /** What a full log refuses is tried again after making room, before anything else is. */
  async #ask(appends: readonly Append[]): Promise<readonly AppendAnswer[]> {
    const answers = await this.#log.appendAll(this.#sessionId, appends)
    if (!answers.some(isQuota)) return answers
    await this.#makeRoom()
    const refused = appends.filter((_, at) => isQuotaAt(answers, at))
    const second = [...(await this.#log.appendAll(this.#sessionId, refused))]
    return answers.map((answer) => (isQuota(answer) ? (second.shift() ?? answer) : answer))
  }
}

function isQuotaAt(answers: readonly AppendAnswer[], at: number): boolean {
  const answer = answers[at]
  return answer !== undefined && isQuota(answer)
}

/** Whether the sender will have to send it again: then nothing may be written before that. */
function stops(answer: AppendAnswer): boolean {
  if (answer.outcome === 'refused') return answer.reason !== 'too-large' && answer.reason !== 'passed-over'
  return answer.outcome === 'unavailable' || answer.outcome === 'fenced' || answer.outcome === 'conflict'
}
