import type { ServerResponse } from 'node:http'

/** What one event stream of a client carries, kept without a reader. */
export class EventMailbox {
  readonly #left: () => void
  readonly #onTaken: () => void
  readonly #waiting: string[] = []
  #waitingBytes = 0
  #reader: ServerResponse | undefined
  #isBlocked = false

  /**
   * @param left called when a reader has gone
   * @param onTaken called when a reader has taken something
   */
  constructor(left: () => void, onTaken: () => void) {
    this.#left = left
    this.#onTaken = onTaken
  }

  get hasReader(): boolean {
    return this.#reader !== undefined
  }

  /** What the client has not taken. */
  get unreadBytes(): number {
    return this.#waitingBytes + (this.#reader?.writableLength ?? 0)
  }

  push(json: string): void {
    if (this.#reader !== undefined && !this.#isBlocked) return this.#write(this.#reader, json)
    this.#waiting.push(json)
    this.#waitingBytes += json.length
  }

  /** False: another one reads it. */
  attach(response: ServerResponse): boolean {
    if (this.#reader !== undefined) return false
    this.#reader = response
    this.#isBlocked = false
    response.on('drain', () => this.#drained(response))
    response.once('close', () => {
      if (this.#reader !== response) return
      this.#reader = undefined
      this.#left()
    })
    this.#flush(response)
    return true
  }

  /** Sent from time to time to a reader that has nothing else to read. */
  keepAlive(): void {
    if (!this.#isBlocked) this.#reader?.write(': keep-alive\n\n')
  }

  end(): void {
    const reader = this.#reader
    this.#reader = undefined
    this.#waiting.length = 0
    this.#waitingBytes = 0
    // What it has not taken, it would never take.
    if (this.#isBlocked) reader?.destroy()
    else reader?.end()
  }

  #drained(response: ServerResponse): void {
    if (this.#reader !== response) return
    this.#isBlocked = false
    this.#flush(response)
    this.#onTaken()
  }

  #flush(response: ServerResponse): void {
    let at = 0
    while (at < this.#waiting.length && !this.#isBlocked) {
      const json = this.#waiting[at] ?? ''
      at += 1
      this.#waitingBytes -= json.length
      this.#write(response, json)
    }
    this.#waiting.splice(0, at)
  }

  #write(response: ServerResponse, json: string): void {
    this.#isBlocked = !response.write(`data: ${json}\n\n`)
  }
}
