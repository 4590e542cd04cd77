import type { Worker } from 'node:worker_threads'
import { HoldfastError } from '@holdfast/contract'
import { LogError, type LogHealth } from '@holdfast/log'
import { SqliteLogError } from './errors.ts'
import type { Failure, FromWorker, Operation, OperationName, Operations, Reply, ToWorker } from './operations.ts'

/** Operations and bytes that are committed together at most: bounds a commit, and how long its answers hold the event loop. */
const BATCH = { operations: 256, bytes: 8 * 1024 * 1024 } as const

/** Batches on their way: while one is written the next waits at the worker, so that the disk is never idle. */
const MAX_IN_FLIGHT = 2

/** What an operation counts for beside its content. */
const OPERATION_BYTES = 256

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
  readonly #maxQueuedBytes: number
  #ready: { resolve(): void; reject(error: HoldfastError): void } | undefined
  #queue: Pending[] = []
  #queuedBytes = 0
  #inFlight: (readonly Pending[])[] = []
  #state: 'opening' | 'open' | 'ended' = 'opening'
  #ending: HoldfastError | undefined
  #ended: HoldfastError | undefined
  #trouble: string | undefined
  #scheduled = false
  #closing: (() => void) | undefined
  #closed: Promise<void> | undefined

  constructor(worker: Worker, maxQueuedBytes: number) {
    this.#worker = worker
    this.#maxQueuedBytes = maxQueuedBytes
    this.opened = new Promise((resolve, reject) => {
      this.#ready = { resolve, reject }
    })
    // Whoever does not await it learns the reason from the first operation.
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
      if (this.#queuedBytes + size > this.#maxQueuedBytes) return reject(queueFull())
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
    if (this.#trouble !== undefined) return { ok: false, reason: this.#trouble }
    return this.#state === 'open' ? { ok: true } : { ok: false, reason: 'opening' }
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
        this.#trouble = message.trouble
        this.#settle(message.replies)
        return
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
    this.#inFlight = []
    this.#queue = []
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
