import { Connection, type Status, type Target, type WebSocketFrame } from '@holdfast/core'
import { CountingClock } from './counting-clock.ts'
import type { ProgramOptions } from './program.ts'
import { type RawConnection, rawProtocol } from './raw-protocol.ts'

/** Waits end here, so that a runtime that does nothing is a result too. */
const PATIENCE_MS = 20_000

interface ConnectOptions {
  readonly onStatus?: (status: Status) => void
  readonly protocols?: readonly string[]
}

/** What the parts work with: connections that report, and a bounded wait. */
export class Bench {
  readonly clock = new CountingClock()
  readonly frames: WebSocketFrame[] = []
  readonly server: string
  readonly options: ProgramOptions
  readonly #connections: RawConnection[] = []
  readonly #leaving: (() => Promise<void>)[] = []

  constructor(options: ProgramOptions) {
    this.options = options
    this.server = options.server
  }

  connect(path: string, { onStatus, protocols }: ConnectOptions = {}): RawConnection {
    const target: Target = { url: new URL(path, this.server.replace('http', 'ws')).href, protocols }
    const connection = new Connection<WebSocketFrame, WebSocketFrame>({
      transport: this.options.transport,
      target,
      protocol: rawProtocol,
      retry: { baseMs: 50, firstMs: 50, floorMs: 10, capMs: 2_000, limits: [] },
      random: () => 0.99,
      clock: this.clock,
      signals: this.options.signals,
      onMessage: (frame) => this.frames.push(frame),
      onStatus,
    })
    this.#connections.push(connection)
    this.leave(() => connection.close({ flushMs: 0 }))
    return connection
  }

  /** What is to be done when the part has ended. */
  leave(close: () => Promise<void>): void {
    this.#leaving.push(close)
  }

  /** Resolves at the first message or status after which it holds. */
  until(connection: RawConnection, holds: (status: Status) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds(connection.status)) return
        off()
        resolve()
      }
      const seen = (): boolean => {
        queueMicrotask(look)
        return false
      }
      const offs = [connection.on('status', look), connection.intercept(seen)]
      const off = (): void => {
        for (const leave of offs) leave()
      }
      look()
    })
  }

  bounded<Value>(promise: Promise<Value>): Promise<Value> {
    let timer: { cancel(): void } | undefined
    const late = new Promise<never>((_, reject) => {
      const states = (): string => this.#connections.map(({ status }) => JSON.stringify(status)).join(' ')
      timer = this.clock.uncounted.after(PATIENCE_MS, () => reject(new Error(`nothing more came; ${states()}`)))
    })
    return Promise.race([promise, late]).finally(() => timer?.cancel())
  }

  async ask(path: string): Promise<string> {
    const response = await fetch(new URL(path, this.server))
    if (!response.ok) throw new Error(`${path}: ${response.status}`)
    return response.text()
  }

  async askUntil(path: string, expected: string): Promise<void> {
    while ((await this.ask(path)) !== expected) {
      await new Promise<void>((resolve) => this.clock.uncounted.after(20, resolve))
    }
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#leaving.map((close) => close()))
  }
}

export function plain(frame: WebSocketFrame): string | readonly number[] {
  return typeof frame === 'string' ? frame : [...frame]
}

export function expect(what: string, got: unknown, wanted: unknown): void {
  const [shown, right] = [JSON.stringify(got), JSON.stringify(wanted)]
  if (shown !== right) throw new Error(`${what}: expected ${right}, got ${shown}`)
}
