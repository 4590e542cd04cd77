import type { Worker } from 'node:worker_threads'
import { type Clock, HoldfastError } from '@holdfast/contract'
import { LogError, type LogHealth } from '@holdfast/log'
import { SqliteLogError } from './errors.ts'
import type {
  Failure,
  FromWorker,
  Operation,
  OperationName,
  Operations,
  Reply,
  StoreTroubles,
  StoreWarning,
  ToWorker,
} from './operations.ts'

/** Operations and bytes that are committed together at most: bounds a commit, and how long its answers hold the event loop. */
const BATCH = { operations: 256, bytes: 8 * 1024 * 1024 } as const

/** Batches on their way: while one is written the next waits at the worker, so that the disk is never idle. */
const MAX_IN_FLIGHT = 2

/** What an operation counts for beside its content. */
const OPERATION_BYTES = 256

/** A commit that takes longer is no slow disk but one that does not answer. */
const STALLED_MS = 10_000
/** Names of damaged sessions in one answer about health. */
const MAX_NAMED = 100

/** What {@link WorkerLink} needs of its owner. */
export interface WorkerLinkOptions {
  readonly maxQueuedBytes: number
  readonly clock: Clock
  readonly onWarning: (warning: StoreWarning) => void
}

interface Pending {
  readonly operation: Operation
  readonly bytes: number
  settle(reply: Reply): void
  fail(error: HoldfastError): void
}

/**
 * The main thread's end of the worker: queues questions while a commit runs and sends them together as the next one
 * (group commit). Replies arrive in the order of the questions.
 */
export class WorkerLink {
  /** Resolves when the file is open; rejects with the reason why it is not. */
  readonly opened: Promise<void>
  readonly #worker: Worker
  readonly #options: WorkerLinkOptions
  #ready: { resolve(): void; reject(error: HoldfastError): void } | undefined
  #queue: Pending[] = []
  #queuedBytes = 0
  #inFlight: (readonly Pending[])[] = []
  #state: 'opening' | 'open' | 'ended' = 'opening'
  #ending: HoldfastError | undefined
  #ended: HoldfastError | undefined
  #troubles: StoreTroubles = { damaged: [] }
  /** When the batch that is being written was sent, or became the next. */
  #waitingSince = 0
  #copies: { resolve(): void; reject(error: HoldfastError): void }[] = []
  #scheduled = false
  #closing: (() => void) | undefined
  #closed: Promise<void> | undefined

  constructor(worker: Worker, options: WorkerLinkOptions) {
    this.#worker = worker
    this.#options = options
    this.opened = new Promise((resolve, reject) => {
      this.#ready = { resolve, reject }
    })
    // A caller that does not await it learns the reason from the first operation.
    this.opened.catch(() => {})
    worker.on('message', (message: FromWorker) => this.#received(message))
    worker.on('error', (error) => {
      this.#ending ??= workerFailed(error)
    })
    // Not earlier: some drivers give up the file only when their thread is gone.
    worker.on('exit', () => this.#end(this.#ending ?? workerFailed(undefined)))
  }

  /** Rejects with the operation's own error, `log/unavailable`, or what ended the worker. */
  call<K extends OperationName>(op: K, input: Operations[K]['in'], bytes = 0): Promise<Operations[K]['out']> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended)
      const size = bytes + OPERATION_BYTES
      if (this.#queuedBytes + size > this.#options.maxQueuedBytes) return reject(queueFull())
      this.#queuedBytes += size
      this.#queue.push({
        // `op` and `input` belong together by this method's signature, and `value` is the worker's answer to them:
        // TypeScript cannot carry that through a queue of all operations.
        operation: { op, input } as Operation,
        bytes: size,
        settle: (reply) =>
          'error' in reply ? reject(revived(reply.error)) : resolve(reply.value as Operations[K]['out']),
        fail: reject,
      })
      this.#schedule()
    })
  }

  health(): LogHealth {
    if (this.#ended !== undefined) return { ok: false, reason: this.#ended.message }
    if (this.#state !== 'open') return { ok: false, reason: 'opening' }
    const isStalled = this.#inFlight.length > 0 && this.#options.clock.now() - this.#waitingSince >= STALLED_MS
    const stalled = isStalled ? `the disk has not answered for ${STALLED_MS / 1_000} s` : undefined
    const { append = stalled, read = stalled, damaged } = this.#troubles
    const failing = { ...(append === undefined ? {} : { append }), ...(read === undefined ? {} : { read }) }
    const named = damaged.length === 0 ? {} : { damaged: damaged.slice(0, MAX_NAMED) }
    const reason = append ?? read
    return reason === undefined ? { ok: true, ...named } : { ok: false, reason, failing, ...named }
  }

  /** What was read of a session is no JSON: it is closed off. */
  damaged(session: string, reason: string): void {
    if (this.#state === 'open') this.#send({ type: 'damaged', session, reason })
  }

  /** Rejects with `sqlite/backup_failed`, or what ended the worker. */
  async backup(path: string): Promise<void> {
    await this.opened
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended)
      this.#copies.push({ resolve, reject })
      this.#send({ type: 'backup', path })
    })
  }

  /** Finishes what was asked for, then ends the worker. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#closing = resolve
      this.#schedule()
    })
    return this.#closed
  }

  /** One microtask later, so that what one turn of the event loop asks for goes together. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#sendNext()
    })
  }

  #sendNext(): void {
    if (this.#state === 'ended') this.#closing?.()
    if (this.#state !== 'open' || this.#inFlight.length >= MAX_IN_FLIGHT) return
    if (this.#queue.length === 0) {
      if (this.#closing !== undefined && this.#inFlight.length === 0) this.#send({ type: 'close' })
      return
    }
    const batch = this.#takeBatch()
    if (this.#inFlight.length === 0) this.#waitingSince = this.#options.clock.now()
    this.#inFlight.push(batch)
    this.#send({ type: 'batch', operations: batch.map(({ operation }) => operation) })
  }

  #takeBatch(): readonly Pending[] {
    let bytes = 0
    let count = 0
    for (const pending of this.#queue) {
      bytes += pending.bytes
      if (count > 0 && (bytes > BATCH.bytes || count >= BATCH.operations)) break
      count++
    }
    const batch = this.#queue.slice(0, count)
    this.#queue = this.#queue.slice(count)
    return batch
  }

  #received(message: FromWorker): void {
    switch (message.type) {
      case 'opened':
        this.#state = 'open'
        this.#ready?.resolve()
        this.#sendNext()
        return
      case 'unopened':
        this.#ending = revived(message.error)
        return
      case 'done':
        this.#waitingSince = this.#options.clock.now()
        this.#settle(message.replies)
        return
      case 'news':
        if (message.troubles !== undefined) this.#troubles = message.troubles
        for (const warning of message.warnings ?? []) this.#options.onWarning(warning)
        return
      case 'copied': {
        const copy = this.#copies.shift()
        if (message.error === undefined) copy?.resolve()
        else copy?.reject(revived(message.error))
        return
      }
      case 'closed':
        this.#ending = new LogError('log/closed', 'expected an open log, this one was closed')
    }
  }

  #settle(replies: readonly Reply[]): void {
    const batch = this.#inFlight.shift() ?? []
    // The next commit runs while these answers are handed out.
    this.#sendNext()
    for (const [i, pending] of batch.entries()) {
      this.#queuedBytes -= pending.bytes
      const reply = replies[i]
      if (reply !== undefined) pending.settle(reply)
    }
  }

  #end(error: HoldfastError): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#ended = error
    this.#ready?.reject(error)
    for (const pending of [...this.#inFlight.flat(), ...this.#queue]) pending.fail(error)
    for (const copy of this.#copies) copy.reject(error)
    this.#inFlight = []
    this.#queue = []
    this.#copies = []
    this.#closing?.()
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message)
  }
}

function revived({ code, message, details }: Failure): HoldfastError {
  return new HoldfastError(code, message, { details })
}

function queueFull(): LogError {
  return new LogError(
    'log/unavailable',
    'expected the disk to keep up, the queue is full; nothing was changed, try again',
    {
      retryAfterMs: 100,
    },
  )
}

function workerFailed(cause: unknown): SqliteLogError {
  const message = 'expected the writing thread to live, it ended; what was in flight may be stored, open the log again'
  return new SqliteLogError('sqlite/worker_failed', message, undefined, cause)
}
