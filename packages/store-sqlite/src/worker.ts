import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { HoldfastError } from '@holdfast/contract'
import { type Database, openDatabase } from './database.ts'
import { SqliteLogError } from './errors.ts'
import type { Failure, FromWorker, Operation, Reply, ToWorker, WorkerSettings } from './operations.ts'
import { prepareFile } from './schema.ts'
import { SessionStore } from './session-store.ts'
import { dropCopy } from './upgrade.ts'

/** How long a caller should wait after the disk refused. */
const RETRY_AFTER_MS = 1_000

/** The thread that owns the file. What arrives in one message becomes durable in one commit, then it is answered. */
class Writer {
  readonly #port: MessagePort
  readonly #database: Database
  readonly #store: SessionStore
  readonly #path: string
  #sweeping = false
  #closed = false

  constructor(port: MessagePort, database: Database, store: SessionStore, path: string) {
    this.#path = path
    this.#port = port
    this.#database = database
    this.#store = store
    port.on('message', (message: ToWorker) => this.#received(message))
    this.#sweepLater()
  }

  #received(message: ToWorker): void {
    if (message.type === 'batch') {
      this.#send(this.#runBatch(message.operations))
      if (message.operations.some(({ op }) => op === 'trim' || op === 'remove')) this.#sweepLater()
      return
    }
    this.#closed = true
    this.#checkpoint()
    this.#database.close()
    dropCopy(this.#path)
    this.#send({ type: 'closed' })
    this.#port.close()
  }

  #runBatch(operations: readonly Operation[]): FromWorker {
    try {
      return { type: 'done', replies: this.#commit(operations) }
    } catch {
      return this.#runSingly(operations)
    }
  }

  /** After a failed commit each gets a chance of its own, so that one bad operation, or a full disk, spares the others. */
  #runSingly(operations: readonly Operation[]): FromWorker {
    let trouble: string | undefined
    const replies = operations.map((operation): Reply => {
      if (trouble !== undefined && operation.op === 'append') return unavailable(trouble)
      try {
        const [reply] = this.#commit([operation])
        return reply ?? unavailable('no reply')
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        if (operation.op === 'append') trouble = reason
        return unavailable(reason)
      }
    })
    return trouble === undefined ? { type: 'done', replies } : { type: 'done', replies, trouble }
  }

  #commit(operations: readonly Operation[]): readonly Reply[] {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const replies = operations.map(({ op, input }) => this.#run(() => this.#store.run(op, input)))
      this.#database.exec('COMMIT')
      return replies
    } catch (error) {
      this.#store.forget()
      this.#rollback()
      throw error
    }
  }

  #run(work: () => unknown): Reply {
    try {
      return { value: work() }
    } catch (error) {
      if (error instanceof HoldfastError) return { error: failure(error) }
      throw error
    }
  }

  #rollback(): void {
    try {
      this.#database.exec('ROLLBACK')
    } catch {
      // SQLite rolls back by itself after some errors; then there is nothing left to roll back.
    }
  }

  /** Leaves one whole file behind: not every driver does it when it closes. */
  #checkpoint(): void {
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // The log beside the file has it all, and is read at the next start.
    }
  }

  #sweepLater(): void {
    if (this.#sweeping) return
    this.#sweeping = true
    setImmediate(() => this.#sweep())
  }

  #sweep(): void {
    this.#sweeping = false
    if (this.#closed) return
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      const more = this.#store.sweep()
      this.#database.exec('COMMIT')
      if (more) this.#sweepLater()
    } catch {
      // Rows that nobody reads stay for now; the next trim, removal or start tries again.
      this.#rollback()
    }
  }

  #send(message: FromWorker): void {
    this.#port.postMessage(message)
  }
}

function unavailable(reason: string): Reply {
  const message = `expected the store to write, it said: ${reason}; nothing was changed, try again`
  return { error: { code: 'log/unavailable', message, details: { retryAfterMs: RETRY_AFTER_MS } } }
}

function failure(error: HoldfastError): Failure {
  return { code: error.code, message: error.message, details: error.details }
}

/** What the driver's error means for whoever starts the gateway. */
function openingFailure(error: unknown, path: string): Failure {
  if (error instanceof HoldfastError) return failure(error)
  const reason = error instanceof Error ? error.message : String(error)
  if (/locked|busy/i.test(reason)) {
    const message = `expected to own ${path}, but it is open elsewhere; stop the other process, or name another path`
    return failure(new SqliteLogError('sqlite/locked', message, { path }))
  }
  if (/not a database|malformed|corrupt|no such (table|column)/i.test(reason)) {
    return failure(
      new SqliteLogError('sqlite/not_a_log', `expected a session log at ${path}, got: ${reason}`, { path }),
    )
  }
  return failure(new SqliteLogError('sqlite/open_failed', `expected to open ${path}, got: ${reason}`, { path }))
}

function start(port: MessagePort, { path, base, limits, maxFileBytes }: WorkerSettings): void {
  let database: Database | undefined
  try {
    const opened = openDatabase(path, base)
    database = opened.database
    prepareFile(database, path, maxFileBytes)
    new Writer(port, database, new SessionStore(database, limits), path)
    const message: FromWorker = { type: 'opened', driver: opened.driver }
    port.postMessage(message)
  } catch (error) {
    database?.close()
    const message: FromWorker = { type: 'unopened', error: openingFailure(error, path) }
    port.postMessage(message)
    port.close()
  }
}

if (parentPort !== null) start(parentPort, workerData)
