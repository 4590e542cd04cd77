import type { Status } from '@holdfast/core'
import { countNoun } from './count-noun.ts'
import type { Notice } from './notice.ts'
import type { Output } from './output.ts'
import { WaitReason } from './refusals/wait-reason.ts'

/** An outage shorter than this is not worth a word. */
const NOTICE_AFTER_MS = 1_000
/** How often what a notice says is brought up to date. */
const NOTICE_EVERY_MS = 1_000

/** What a notice about an outage is made of. */
export interface OutageNoticeParts {
  readonly err: Output
  /** Below the program's cursor; undefined where no terminal shows anything. */
  readonly notice: Notice | undefined
  readonly status: () => Status
  readonly isAttached: () => boolean
  /** How many bytes were typed and have not arrived. */
  readonly waitingBytes: () => number
  readonly url: string
  readonly detachKeys: string
}

/** Says that there is no connection, and takes it back: below the cursor, or on stderr before the first attach. */
export class OutageNotice {
  readonly #parts: OutageNoticeParts
  readonly #reason: WaitReason
  #timer: NodeJS.Timeout | undefined
  /** A line on stderr says that there is no connection yet. */
  #isWaitingShown = false
  #isCovered = false
  #isReported = false

  constructor(parts: OutageNoticeParts) {
    this.#parts = parts
    this.#reason = new WaitReason(parts.url)
  }

  /** A notice was shown on what a program has drawn. Asking forgets it. */
  takeCovered(): boolean {
    const isCovered = this.#isCovered
    this.#isCovered = false
    return isCovered
  }

  /** To be called at every change of the connection, with its cause. */
  changed(status: Status, cause?: unknown): void {
    this.#reason.failed(cause)
    if (status.state === 'open' || status.state === 'closed') return this.clear()
    if (this.#timer !== undefined || (status.state !== 'waiting' && this.#parts.isAttached())) return
    const update = (): void => {
      this.#explain(this.#parts.status())
      this.#arm(update, NOTICE_EVERY_MS)
    }
    this.#arm(update, NOTICE_AFTER_MS)
  }

  /** Shows something else there, until output comes. */
  print(text: string): void {
    this.#isReported = true
    this.#parts.notice?.show(`[holdfast: ${text}]`)
  }

  clear(): void {
    if (this.#timer === undefined && !this.#isReported) return
    this.#isReported = false
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#parts.notice?.clear()
    if (this.#isWaitingShown) void this.#parts.err.write('\r\u001B[2K')
    this.#isWaitingShown = false
  }

  #arm(update: () => void, ms: number): void {
    this.#timer = setTimeout(update, ms)
    this.#timer.unref()
  }

  #explain(status: Status): void {
    const { err, notice, isAttached, detachKeys } = this.#parts
    const isWaiting = status.state === 'waiting'
    if (notice !== undefined && isAttached()) {
      this.#isCovered = true
      const bytes = this.#parts.waitingBytes()
      const next = isWaiting ? 'waiting' : 'trying'
      const kept = bytes === 0 ? '' : `; ${countNoun(bytes, 'byte')} kept`
      return notice.show(`[holdfast: ${this.#reason}, ${next}${kept}; ${detachKeys} d detaches]`)
    }
    if (isAttached() || !err.isTerminal) return
    this.#isWaitingShown = true
    const next = isWaiting ? 'waiting to try again' : 'trying'
    void err.write(`\r\u001B[2Kholdfast: ${this.#reason}, ${next} (Ctrl+C stops)`)
  }
}
