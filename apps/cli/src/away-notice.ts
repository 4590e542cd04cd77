import type { Output } from './output.ts'

/** An outage shorter than this is not worth a word. */
const NOTICE_AFTER_MS = 2_000

/** A line on stderr while the gateway is away; gone again when it is back. On terminals only. */
export class AwayNotice {
  readonly #err: Output
  readonly #url: string
  #timer: NodeJS.Timeout | undefined
  #isTold = false

  constructor(err: Output, url: string) {
    this.#err = err
    this.#url = url
  }

  /** To be called at every change of the connection's state. `isQuiet`: there is a connection, or none is wanted. */
  changed(isQuiet: boolean): void {
    clearTimeout(this.#timer)
    if (!this.#err.isTerminal) return
    if (isQuiet) {
      if (this.#isTold) void this.#err.write('\r\u001B[2K')
      this.#isTold = false
      return
    }
    if (this.#isTold) return
    this.#timer = setTimeout(() => {
      this.#isTold = true
      void this.#err.write(`\r\u001B[2Kholdfast: ${this.#url} is not reachable, trying again`)
    }, NOTICE_AFTER_MS)
    this.#timer.unref()
  }
}
