import { HoldfastError } from '@holdfast/contract'
import { GONE } from './causes.ts'
import { parsed } from './column.ts'
import type { Database } from './database.ts'
import type { FileState } from './file-state.ts'
import type { Failure, Operation, Operations, Reply } from './operations.ts'
import type { SessionStore } from './session-store.ts'
import { type Failed, isReading, sessionOf, type Troubles } from './troubles.ts'

/** How long a caller should wait after the disk refused. */
const RETRY_AFTER_MS = 1_000

/** Runs operations in transactions, and notes what did not work. */
export class BatchRunner {
  readonly #database: Database
  readonly #store: SessionStore
  readonly #files: FileState
  readonly #troubles: Troubles

  constructor(database: Database, store: SessionStore, files: FileState, troubles: Troubles) {
    this.#database = database
    this.#store = store
    this.#files = files
    this.#troubles = troubles
  }

  /** One reply for each. What is in one call becomes durable together, where nothing fails. */
  run(operations: readonly Operation[]): readonly Reply[] {
    const isReadOnly = operations.every(isReading)
    // One look at the folder is nothing beside a flush to the disk, and what fails it must not be acknowledged.
    if (!isReadOnly && !this.#files.isInPlace()) this.#troubles.cannotAppend(GONE)
    else {
      try {
        return this.#commit(operations)
      } catch {
        // Each gets a chance of its own, so that one bad operation, or a full disk, spares the others.
      }
    }
    return this.#runSingly(operations)
  }

  /** Runs work in a transaction of its own. Throws what it throws. */
  transact<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const value = work()
      this.#database.exec('COMMIT')
      return value
    } catch (error) {
      this.#store.forget()
      this.#rollback()
      throw error
    }
  }

  /** Reads once more what could not be read. Throws where it still cannot. */
  readAgain(operation: Operation): void {
    const value = this.transact(() => this.#store.run(operation.op, operation.input))
    if (operation.op === 'read') for (const { 4: payload } of rowsIn(value)) parsed(payload, 'payload')
    if (operation.op === 'snapshot') parsed(textOf(value), 'state')
  }

  #runSingly(operations: readonly Operation[]): readonly Reply[] {
    const isInPlace = this.#files.isInPlace()
    let full: string | undefined
    return operations.map((operation): Reply => {
      if (!isInPlace && !isReading(operation)) return unavailable(GONE.words)
      // The order of appends holds: what came later is not written where what came before could not be.
      if (full !== undefined && operation.op === 'append') return unavailable(full)
      try {
        const [reply] = this.#commit([operation])
        return reply ?? unavailable('no reply')
      } catch (error) {
        const failed = this.#troubles.failed(operation, error)
        if (operation.op === 'append' && failed.cause.kind === 'disk') full = failed.cause.words
        return refusal(failed)
      }
    })
  }

  #commit(operations: readonly Operation[]): readonly Reply[] {
    const replies = this.transact(() => operations.map((operation) => this.#reply(operation)))
    for (const [at, operation] of operations.entries()) this.#settled(operation, replies[at])
    return replies
  }

  #reply(operation: Operation): Reply {
    const session = sessionOf(operation)
    const damage = operation.op === 'remove' ? undefined : this.#troubles.damageOf(session)
    if (damage !== undefined) return damaged(session, damage)
    try {
      return { value: this.#store.run(operation.op, operation.input) }
    } catch (error) {
      if (error instanceof HoldfastError) return { error: failure(error) }
      throw error
    }
  }

  #settled(operation: Operation, reply: Reply | undefined): void {
    if (reply === undefined || 'error' in reply) return
    if (operation.op === 'append' && isWritten(reply.value)) this.#troubles.appended(operation.input.session)
    if (operation.op === 'remove') this.#troubles.removed(operation.input.session)
  }

  #rollback(): void {
    try {
      this.#database.exec('ROLLBACK')
    } catch {
      // SQLite rolls back by itself after some errors; then there is nothing left to roll back.
    }
  }
}

/** An error of ours, for the other thread. */
export function failure(error: HoldfastError): Failure {
  return { code: error.code, message: error.message, details: error.details }
}

/** What a caller gets of it. */
function refusal({ session, cause }: Failed): Reply {
  return cause.kind === 'disk' || session === undefined ? unavailable(cause.words) : damaged(session, cause.words)
}

function unavailable(reason: string): Reply {
  const message = `expected the store to answer: ${reason}; nothing was changed, try again`
  return { error: { code: 'log/unavailable', message, details: { retryAfterMs: RETRY_AFTER_MS, reason } } }
}

function damaged(session: string | undefined, reason: string): Reply {
  const message = `expected session "${session}" to be readable: ${reason}; restore a backup, or remove the session`
  return { error: { code: 'log/damaged', message, details: { reason } } }
}

/** Whether an append wrote anything: then the number of the first event is returned. */
function isWritten(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'first' in value && value.first !== 0
}

function rowsIn(value: unknown): Operations['read']['out']['rows'] {
  return typeof value === 'object' && value !== null && 'rows' in value && Array.isArray(value.rows) ? value.rows : []
}

function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'text' in value ? String(value.text) : 'null'
}
