import type { Clock } from '@holdfast/contract'
import type { WebSocket } from 'ws'
import { Mismatch, shown } from './mismatch.ts'

/** How a connection ended. */
export interface Ending {
  readonly code: number
  readonly reason: string
}

/** Frames that are looked at when they have come. `describe`: one of them in a table. */
export interface FramesOptions<Frame> {
  readonly clock: Clock
  /** The longest wait for a frame that must come. */
  readonly timeoutMs: number
  readonly describe?: (frame: Frame) => string
}

/** How the socket of a checked client is read. */
export interface ClientFramesOptions<Frame> extends FramesOptions<Frame> {
  readonly read: (data: Buffer) => Frame
  /** Answers what every peer of the wire answers, before the row sees the frame. */
  readonly answer: (frame: Frame) => void
}

/** What comes on the socket of a checked client, and how it ends. */
export function framesOn<Frame>(socket: WebSocket, options: ClientFramesOptions<Frame>): Frames<Frame> {
  const { read, answer, ...bounds } = options
  const frames = new Frames(bounds)
  socket.on('error', () => {})
  socket.on('message', (data: Buffer) => {
    const frame = read(data)
    answer(frame)
    frames.put(frame)
  })
  socket.on('close', (code, reason) => frames.end({ code, reason: String(reason) }))
  return frames
}

/** Everything that came on one connection, and who waits for more of it. */
export class Frames<Frame> {
  readonly all: Frame[] = []
  readonly #options: FramesOptions<Frame>
  readonly #waiting = new Set<() => void>()
  #ending: Ending | undefined
  #read = 0

  constructor(options: FramesOptions<Frame>) {
    this.#options = options
  }

  get ending(): Ending | undefined {
    return this.#ending
  }

  put(frame: Frame): void {
    this.all.push(frame)
    this.#wake()
  }

  end(ending: Ending): void {
    this.#ending ??= ending
    this.#wake()
  }

  /** The next frame that fits, behind the one that was asked for last. @throws Mismatch where none comes */
  next(fits: (frame: Frame) => boolean, expected: string, timeoutMs?: number): Promise<Frame> {
    return this.#until(
      () => {
        while (this.#read < this.all.length) {
          const frame = this.all[this.#read++]
          if (frame !== undefined && fits(frame)) return frame
        }
        if (this.#ending !== undefined) throw new Mismatch(expected, this.#found())
        return undefined
      },
      expected,
      timeoutMs,
    )
  }

  /** Waits for something that is true of all frames so far. @throws Mismatch where it does not become true */
  until(holds: (frames: readonly Frame[]) => boolean, expected: string): Promise<true> {
    return this.#until(() => {
      if (holds(this.all)) return true
      if (this.#ending !== undefined) throw new Mismatch(expected, this.#found())
      return undefined
    }, expected)
  }

  /** How it ended. @throws Mismatch where it does not */
  ended(expected: string): Promise<Ending> {
    return this.#until(() => this.#ending, expected)
  }

  #until<T>(look: () => T | undefined, expected: string, timeoutMs = this.#options.timeoutMs): Promise<T> {
    return new Promise((resolve, reject) => {
      const { clock } = this.#options
      const done = (): void => {
        timer.cancel()
        this.#waiting.delete(again)
      }
      const again = (): void => {
        try {
          const found = look()
          if (found === undefined) return
          done()
          resolve(found)
        } catch (error) {
          done()
          reject(error)
        }
      }
      const timer = clock.after(timeoutMs, () => {
        done()
        reject(new Mismatch(expected, `none of it within ${timeoutMs} ms; ${this.#found()}`))
      })
      this.#waiting.add(again)
      again()
    })
  }

  #wake(): void {
    for (const again of [...this.#waiting]) again()
  }

  #found(): string {
    const { describe = shown } = this.#options
    const last = this.all.slice(-3).map(describe)
    const frames = last.length === 0 ? 'no frame came' : `the last frames were ${last.join(' ')}`
    return this.#ending === undefined ? frames : `closed with ${this.#ending.code} ${this.#ending.reason}; ${frames}`
  }
}
