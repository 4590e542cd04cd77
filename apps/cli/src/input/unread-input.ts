import type { ShellSession } from '@holdfast/shell'
import { countNoun } from '../count-noun.ts'
import type { OutageNotice } from '../outage-notice.ts'

/** A program that has read nothing for so long, of what waits for it, may read nothing at all. */
const UNREAD_MS = 2_000

/** Says that a program does not read what was typed, so that a large paste does not look lost; and removes the notice. */
export class UnreadInput {
  readonly #session: Pick<ShellSession, 'unacknowledgedBytes' | 'isConnected'>
  readonly #notice: Pick<OutageNotice, 'print' | 'clear'>
  readonly #detachKeys: string
  #sentBytes = 0
  #readBytes = 0
  #isShown = false
  #timer: NodeJS.Timeout | undefined

  constructor(
    session: Pick<ShellSession, 'unacknowledgedBytes' | 'isConnected'>,
    notice: Pick<OutageNotice, 'print' | 'clear'>,
    detachKeys: string,
  ) {
    this.#session = session
    this.#notice = notice
    this.#detachKeys = detachKeys
  }

  /** So many bytes more were typed. */
  typed(bytes: number): void {
    this.#sentBytes += bytes
    this.#timer ??= this.#lookAgain()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #lookAgain(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined
      this.#look()
    }, UNREAD_MS).unref()
  }

  #look(): void {
    const waiting = this.#session.unacknowledgedBytes
    const read = this.#sentBytes - waiting
    const isMoving = read !== this.#readBytes
    this.#readBytes = read
    // Without a connection that is what is shown.
    if (waiting > 0 && !isMoving && this.#session.isConnected) this.#show(waiting)
    else if (isMoving && this.#isShown) this.#takeBack()
    if (waiting > 0) this.#timer = this.#lookAgain()
  }

  /** Once, until it reads again: what it prints meanwhile is not covered anew. */
  #show(waiting: number): void {
    if (this.#isShown) return
    this.#isShown = true
    const bytes = countNoun(waiting, 'byte')
    this.#notice.print(`the program reads no input now, ${bytes} of it wait; ${this.#detachKeys} d detaches`)
  }

  #takeBack(): void {
    this.#isShown = false
    if (this.#session.isConnected) this.#notice.clear()
  }
}
