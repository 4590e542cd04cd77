import type { Output } from './output.ts'
import { WaitReason } from './refusals/wait-reason.ts'
import { firstNoticeMs, NOTICE_AFTER_MS, waitingText } from './refusals/waiting.ts'
import { durationOf } from './table.ts'

/** On a terminal the time of the next attempt is brought up to date. */
const NOTICE_EVERY_MS = 1_000

/** A connection as a person sees it. */
type Place = 'open' | 'away' | 'over'

/** What the notice of a return needs. */
export interface ReturnAccount {
  /** The connection is gone. */
  began(): void
  /** It is back: what came late, in words. `isOver`: the notice is not wanted any more. */
  ended(isOver: () => boolean): Promise<string | undefined>
}

/**
 * A line on stderr while the gateway is away, with the reason and the next attempt: at the latest 1.5 s after the drop, or after
 * the process began. On a terminal it is gone when the gateway is back. The return has a line of its own: with an account after
 * every outage, else where it was reported.
 */
export class AwayNotice {
  readonly #err: Output
  readonly #url: string
  readonly #explain: () => string
  readonly #account: ReturnAccount | undefined
  readonly #reason: WaitReason
  #timer: NodeJS.Timeout | undefined
  #state: Place | undefined
  #isReported = false
  /** It was there before: what is away now is an outage. */
  #wasOpen = false
  #droppedAt: number | undefined
  /** Changes so far, so that a return that did not last is not reported. */
  #changes = 0

  constructor(err: Output, url: string, explain: () => string, account?: ReturnAccount | undefined) {
    this.#err = err
    this.#url = url
    this.#explain = explain
    this.#account = account
    this.#reason = new WaitReason(url)
  }

  /** To be called at every change of the connection's state, with its cause. `over`: none is wanted any more. */
  changed(state: Place, cause?: unknown): void {
    this.#reason.failed(cause)
    if (state === this.#state) return
    this.#state = state
    this.#changes++
    if (state === 'away') return this.#left()
    const wasReported = this.#isReported
    this.#clear()
    if (state === 'open') void this.#back(wasReported, this.#changes)
  }

  #left(): void {
    if (!this.#wasOpen) return this.#arm(firstNoticeMs())
    this.#arm(NOTICE_AFTER_MS)
    if (this.#droppedAt !== undefined) return
    this.#droppedAt = performance.now()
    this.#account?.began()
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(() => this.#show(), ms)
    this.#timer.unref()
  }

  #show(): void {
    this.#isReported = true
    const why = this.#reason.isKnown ? `${this.#reason}, trying again.` : waitingText(this.#url)
    const text = `holdfast: ${why} ${this.#explain()}`
    if (!this.#err.isTerminal) return void this.#err.line(text)
    // A line that wraps could not be taken back.
    void this.#err.write(`\r\u001B[2K${text.slice(0, Math.max(0, this.#err.columns - 1))}`)
    this.#arm(NOTICE_EVERY_MS)
  }

  #clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#isReported && this.#err.isTerminal) void this.#err.write('\r\u001B[2K')
    this.#isReported = false
  }

  async #back(wasReported: boolean, change: number): Promise<void> {
    this.#wasOpen = true
    if (this.#droppedAt === undefined) {
      if (wasReported && !this.#err.isTerminal) await this.#err.line(`holdfast: ${this.#url} has answered.`)
      return
    }
    const offline = `offline ${offlineOf(performance.now() - this.#droppedAt)}`
    const caughtUp = await this.#account?.ended(() => this.#changes !== change)
    if (this.#changes !== change) return
    this.#droppedAt = undefined
    if (caughtUp !== undefined) return this.#err.line(`holdfast: ${offline} · ${caughtUp}`)
    if (wasReported && !this.#err.isTerminal) await this.#err.line(`holdfast: ${this.#url} is back · ${offline}`)
  }
}

/** Short ones to a tenth of a second. */
function offlineOf(ms: number): string {
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : durationOf(ms)
}
