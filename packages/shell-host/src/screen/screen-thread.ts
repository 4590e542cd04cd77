import type { Worker } from 'node:worker_threads'
import type { Clock, Logger } from '@holdfast/contract'
import { startThread } from '@holdfast/log/internals'
import { BatchBuffers } from './batch-buffers.ts'
import type { FromScreens, ToScreens } from './screen-messages.ts'
import { ShellScreen, type ShellScreenParts } from './shell-screen.ts'

/** After so many threads that failed none is started any more: shells go on without pictures. */
const MAX_FAILURES = 5

/** What {@link ScreenThread} needs. */
export interface ScreenThreadParts {
  readonly clock: Clock
  readonly logger: Logger
  /** @defaultValue a worker of this process */
  readonly start?: (() => Worker) | undefined
}

/** The thread that has the screens of all shells of a host. It is started with the first one. */
export class ScreenThread {
  readonly #parts: ScreenThreadParts
  readonly #screens = new Map<number, ShellScreen>()
  readonly #buffers = new BatchBuffers()
  #worker: Worker | undefined
  #next = 0
  #failures = 0

  constructor(parts: ScreenThreadParts) {
    this.#parts = parts
  }

  /** A screen for a shell that begins. */
  open(parts: Pick<ShellScreenParts, 'ring' | 'size' | 'asked' | 'progressed'>): ShellScreen {
    this.#next += 1
    const id = this.#next
    this.#worker ??= this.#start()
    const screen = new ShellScreen({
      ...parts,
      id,
      clock: this.#parts.clock,
      buffers: this.#buffers,
      post: (message, transfer) => this.#post(message, transfer),
      closed: () => void this.#screens.delete(id),
    })
    this.#screens.set(id, screen)
    return screen
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    this.#failures = MAX_FAILURES
    for (const screen of [...this.#screens.values()]) screen.close()
    worker?.removeAllListeners('exit')
    await worker?.terminate()
  }

  #post(message: ToScreens, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, transfer)
  }

  #start(): Worker | undefined {
    if (this.#failures >= MAX_FAILURES) return undefined
    const worker = (this.#parts.start ?? startScreenWorker)()
    worker.on('message', (message: FromScreens) => {
      if (message.type === 'parsed') for (const buffer of message.buffers) this.#buffers.giveBack(buffer)
      this.#screens.get(message.id)?.received(message)
    })
    worker.on('error', (cause) => this.#parts.logger.warn('the thread that draws screens failed', { cause }))
    worker.once('exit', () => this.#again())
    return worker
  }

  /** Its screens are drawn anew from what the rings have. */
  #again(): void {
    this.#failures += 1
    this.#worker = this.#start()
    for (const screen of [...this.#screens.values()]) {
      if (this.#worker === undefined) screen.close()
      else screen.begin()
    }
  }
}

function startScreenWorker(): Worker {
  const worker = startThread('./screen-worker', import.meta.url)
  // It never keeps a process alive by itself.
  worker.unref()
  return worker
}
