import { chmodSync, closeSync, openSync, statSync } from 'node:fs'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { systemClock, type Timer } from '@holdfast/contract'
import { copyTo } from './backup.ts'
import { BatchRunner, failure } from './batch-runner.ts'
import { causeOf, GONE } from './causes.ts'
import { checkFile } from './check.ts'
import { type OpenDatabase, openDatabase } from './database.ts'
import { SqliteLogError } from './errors.ts'
import { FileState } from './file-state.ts'
import { openingError } from './opening.ts'
import type { CheckSettings, FromChecker, FromWorker, StoreWarning, ToWorker, WorkerSettings } from './operations.ts'
import { prepareFile } from './schema.ts'
import { SessionStore } from './session-store.ts'
import { Troubles } from './troubles.ts'
import { dropCopy } from './upgrade.ts'
import { begin, end, hasWal, probe, rescueWal } from './upkeep.ts'

/** For the owner alone, whatever the umask. */
const PRIVATE = 0o600

/** The thread that owns the file. What arrives in one message becomes durable in one commit, then it is answered. */
class Writer {
  readonly #port: MessagePort
  readonly #open: OpenDatabase
  readonly #settings: WorkerSettings
  readonly #troubles = new Troubles(systemClock)
  readonly #files: FileState
  readonly #store: SessionStore
  readonly #runner: BatchRunner
  #looking: Timer | undefined
  #copying: Promise<void> = Promise.resolve()
  #sweeping = false
  #closed = false

  constructor(port: MessagePort, open: OpenDatabase, settings: WorkerSettings) {
    this.#port = port
    this.#open = open
    this.#settings = settings
    this.#files = new FileState(settings.path)
    this.#store = new SessionStore(open.database, settings.limits, (session, words) =>
      this.#troubles.damaged(session, { kind: 'record', words: `a record is damaged: ${words}` }),
    )
    this.#runner = new BatchRunner(open.database, this.#store, this.#files, this.#troubles)
    port.on('message', (message: ToWorker) => this.#received(message))
    this.#look()
    this.#sweepLater()
  }

  #received(message: ToWorker): void {
    switch (message.type) {
      case 'batch': {
        const replies = this.#runner.run(message.operations)
        // Before the answers, so that each answer finds the health that belongs to it.
        this.#sendNews()
        this.#send({ type: 'done', replies })
        if (message.operations.some(({ op }) => op === 'trim' || op === 'remove')) this.#sweepLater()
        return
      }
      case 'damaged':
        this.#troubles.damaged(message.session, { kind: 'record', words: `a record is damaged: ${message.reason}` })
        return this.#sendNews()
      case 'backup':
        this.#copying = this.#copying.then(() => this.#copy(message.path))
        return
      case 'close':
        this.#copying = this.#copying.then(() => this.#close())
    }
  }

  async #copy(path: string): Promise<void> {
    try {
      await copyTo(this.#open, path, this.#settings.base)
      this.#send({ type: 'copied' })
    } catch (error) {
      const message = `expected to copy the store to ${path}, got: ${error instanceof Error ? error.message : error}`
      this.#send({ type: 'copied', error: failure(new SqliteLogError('sqlite/backup_failed', message, { path })) })
    }
  }

  #close(): void {
    this.#closed = true
    this.#looking?.cancel()
    this.#end()
    this.#open.database.close()
    dropCopy(this.#settings.path)
    this.#send({ type: 'closed' })
    this.#port.close()
  }

  /** Leaves one whole file behind: not every driver does it when it closes. */
  #end(): void {
    try {
      end(this.#open.database)
    } catch {
      // The log beside the file has it all, and is read at the next start.
    }
  }

  /** Nothing has to be asked of an idle store for its troubles to be known, or to be known as over. */
  #look(): void {
    if (this.#files.isInPlace()) this.#tryAppend()
    else this.#troubles.cannotAppend(GONE)
    this.#troubles.retry((operation) => this.#runner.readAgain(operation))
    this.#sendNews()
    this.#looking = systemClock.after(this.#settings.lookEveryMs, () => this.#look())
  }

  #tryAppend(): void {
    const doubt = this.#files.doubt()
    if (doubt === undefined && !this.#troubles.cannotAppendNow) return
    try {
      this.#runner.transact(() => probe(this.#open.database))
      this.#troubles.appended()
    } catch (error) {
      const cause = causeOf(error)
      this.#troubles.cannotAppend(doubt === undefined ? cause : { kind: 'disk', words: doubt })
    }
  }

  #sweepLater(): void {
    if (this.#sweeping) return
    this.#sweeping = true
    setImmediate(() => this.#sweep())
  }

  #sweep(): void {
    this.#sweeping = false
    if (this.#closed || !this.#files.isInPlace()) return
    try {
      if (this.#runner.transact(() => this.#store.sweep())) this.#sweepLater()
    } catch (error) {
      // Unread rows stay for now; the next trim, removal or start tries again.
      if (causeOf(error).kind === 'disk') return
      this.#store.leaveSweep()
      this.#sweepLater()
    }
  }

  #sendNews(): void {
    const news = this.#troubles.news()
    if (news.troubles !== undefined || news.warnings !== undefined) this.#send({ type: 'news', ...news })
  }

  #send(message: FromWorker): void {
    this.#port.postMessage(message)
  }
}

function start(port: MessagePort, settings: WorkerSettings): void {
  const { path, base, maxFileBytes } = settings
  let open: OpenDatabase | undefined
  try {
    const rescued = rescueWal(path, systemClock.epoch())
    const hadBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
    const hadWal = hasWal(path)
    createPrivate(path)
    open = openDatabase(path, base)
    const isNew = prepareFile(open.database, path, maxFileBytes)
    const unfinished = begin(open.database, path, hadWal, isNew && hadBytes > 0)
    const warnings = [rescued, unfinished, tightened(path)].flatMap((message) => (message ? [{ message }] : []))
    new Writer(port, open, settings)
    postWarnings(port, warnings)
    const message: FromWorker = { type: 'opened', driver: open.driver }
    port.postMessage(message)
  } catch (error) {
    open?.database.close()
    const message: FromWorker = { type: 'unopened', error: failure(openingError(error, path)) }
    port.postMessage(message)
    port.close()
  }
}

function postWarnings(port: MessagePort, warnings: readonly StoreWarning[]): void {
  const message: FromWorker = { type: 'news', warnings }
  if (warnings.length > 0) port.postMessage(message)
}

/** SQLite would make it as the umask has it, and `-wal` like the file. */
function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', PRIVATE))
  } catch {
    // It is there, or cannot be: then opening it says why.
  }
}

/** Of a folder of an earlier version. */
function tightened(path: string): string | undefined {
  const open = [path, `${path}-wal`].filter((file) => {
    const mode = statSync(file, { throwIfNoEntry: false })?.mode
    if (mode === undefined || (mode & 0o077) === 0 || process.platform === 'win32') return false
    try {
      chmodSync(file, PRIVATE)
      return true
    } catch {
      return false
    }
  })
  return open.length === 0
    ? undefined
    : `Other users could read ${open.join(' and ')}: only the owner can, from now on.`
}

function check(port: MessagePort, settings: CheckSettings): void {
  const send = (message: FromChecker): void => port.postMessage(message)
  checkFile(settings, (done, total) => send({ type: 'progress', done, total }))
    .then(
      (report) => send({ type: 'report', report }),
      (error: unknown) => send({ type: 'unopened', error: failure(openingError(error, settings.check)) }),
    )
    .finally(() => port.close())
}

if (parentPort !== null && 'check' in workerData) check(parentPort, workerData)
else if (parentPort !== null) start(parentPort, workerData)
