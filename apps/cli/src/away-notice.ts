import type { Output } from './output.ts'
import { WaitReason } from './refusals/wait-reason.ts'

/** An outage shorter than this is not worth a word. */
const NOTICE_AFTER_MS = 2_000

/**
 * A line on stderr while the gateway is away, with the reason. On a terminal it is gone when the gateway is back; elsewhere it
 * stays, and the return has a line of its own.
 */
export class AwayNotice {
  readonly #err: Output
  readonly #url: string
  readonly #explain: () => string
  readonly #reason: WaitReason
  #timer: NodeJS.Timeout | undefined
  #isTold = false

  constructor(err: Output, url: string, explain: () => string) {
    this.#err = err
    this.#url = url
    this.#explain = explain
    this.#reason = new WaitReason(url)
  }

  /** To be called at every change of the connection's state, with its cause. `over`: none is wanted any more. */
  changed(state: 'open' | 'away' | 'over', cause?: unknown): void {
    this.#reason.heard(cause)
    if (state !== 'away') return this.#end(state === 'open')
    if (this.#isTold || this.#timer !== undefined) return
    this.#timer = setTimeout(() => this.#tell(), NOTICE_AFTER_MS)
    this.#timer.unref()
  }

  #tell(): void {
    this.#isTold = true
    const text = `holdfast: ${this.#reason}, trying again. ${this.#explain()}`
    void (this.#err.isTerminal ? this.#err.write(`\r\u001B[2K${text}`) : this.#err.line(text))
  }

  #end(isBack: boolean): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (!this.#isTold) return
    this.#isTold = false
    if (this.#err.isTerminal) void this.#err.write('\r\u001B[2K')
    else if (isBack) void this.#err.line(`holdfast: ${this.#url} is back.`)
  }
}
