import { createHash } from 'node:crypto'
import type { ShellSession } from '@holdfast/shell'

/** What `program.mjs` prints first … */
export const READY = 'READY'
/** … and the length of its last line. */
const TRAILER = 256

/** Everything that `program.mjs` printed, with the greeting and the trailer apart. */
export class Recorded {
  readonly hash = createHash('sha256')
  bytes = 0
  gaps = 0
  greeting = ''
  #tail = Buffer.alloc(0)

  async read(session: ShellSession): Promise<void> {
    for await (const frame of session) {
      if (frame.channel === 'gap') this.gaps += 1
      if (frame.channel === 'stdout') this.#take(Buffer.from(frame.payload))
    }
  }

  get trailer(): { sentBytes: number; gotBytes: number; sent: string; got: string } {
    return JSON.parse(this.#tail.toString())
  }

  #take(chunk: Buffer): void {
    const missing = READY.length - this.greeting.length
    this.greeting += chunk.subarray(0, missing).toString('latin1')
    const all = Buffer.concat([this.#tail, chunk.subarray(missing)])
    const body = all.subarray(0, Math.max(0, all.length - TRAILER))
    this.hash.update(body)
    this.bytes += body.length
    this.#tail = all.subarray(body.length)
  }
}
