import type { Clock, Timer } from '@holdfast/contract'
import type { Gap } from '../../client-protocol.ts'
import type { Notifier } from '../../connection/notifier.ts'
import { isThenable } from '../../support/callbacks.ts'
import { HandlersAtWork } from './handlers-at-work.ts'
import type { StreamSource } from './inbox.ts'
import { MESSAGE_BYTES } from './inbox.ts'
import { Readers } from './readers.ts'
import { type Pausable, ReadingPause } from './reading-pause.ts'
import type { StreamReader } from './streams.ts'
import { type Done, type Given, Taken } from './taken.ts'
import { type Waiting, WaitingRoom } from './waiting-room.ts'

/** What the way in needs of its connection. */
export interface InboundHost<In> {
  readonly clock: Clock
  readonly options: { readonly onMessage?: ((message: In) => unknown) | undefined; readonly concurrency: number }
  readonly notifier: Pick<Notifier, 'call' | 'gap' | 'gaps' | 'problem' | 'record'>
  /** The attempt that is open. */
  readonly writer: Pausable | undefined
}

/**
 * From the wire to the app, in order: what comes waits for a first reader, behind a handler that is at work, and while
 * readers are full. Where there is nothing to wait for it passes through.
 */
export class Inbound<In> {
  readonly #host: InboundHost<In>
  #handler: ((message: In) => unknown) | undefined
  readonly #readers = new Readers<In>()
  #waiting: WaitingRoom<In> | undefined
  #dropped = 0
  readonly #handlers: HandlersAtWork
  /** Whether reading pauses. */
  readonly reading: ReadingPause
  /** Readers that come together are to see the same. */
  #gathering: Timer | undefined
  #isGiving = false
  /** Nothing passes through. */
  #isHolding: boolean
  #number = 0
  #taken: Taken | undefined
  #end: { readonly error: unknown; readonly isQuiet: boolean } | undefined

  constructor(host: InboundHost<In>) {
    this.#host = host
    this.#handler = host.options.onMessage
    this.#handlers = new HandlersAtWork(host)
    this.reading = new ReadingPause(host)
    this.#isHolding = this.#handler === undefined
  }

  /** Messages and gaps that came and that the app is not done with. */
  get unread(): number {
    return (this.#waiting?.length ?? 0) + (this.#taken?.length ?? 0)
  }

  // ---- what comes -------------------------------------------------------------------------------

  /** `done` runs when the app is done with it. */
  message(message: In, bytes: number, done?: Done): void {
    if (this.#isHolding) this.#wait({ bytes: bytes + MESSAGE_BYTES, message, done })
    else this.#give(message, bytes, done)
  }

  /** Keeps its place between the messages. Without a reader, listeners for gaps are notified at once. */
  gap(gap: Gap): void {
    if (!this.#isHolding) return this.#giveGap(gap, false)
    const isReported = !this.#hasReader
    if (isReported) this.#host.notifier.gap(gap)
    this.#wait({ bytes: MESSAGE_BYTES, gap, isReported })
  }

  get #hasReader(): boolean {
    return this.attached.length > 0 || this.#handler !== undefined
  }

  #wait(item: Waiting<In>): void {
    this.#waiting ??= new WaitingRoom()
    this.#waiting.push(item)
    if (this.#hasReader) return this.#regulate()
    while (this.#waiting.isTooFull) {
      const oldest = this.#waiting.shift()
      if (this.#dropped === 0) this.#overflowed()
      this.#dropped += 1
      if (oldest?.gap === undefined) oldest?.done?.()
    }
  }

  /** The first of the messages that are dropped for want of a reader. */
  #overflowed(): void {
    const { notifier } = this.#host
    notifier.gaps += 1
    notifier.record('messages are dropped: no reader')
  }

  // ---- to the app -------------------------------------------------------------------------------

  #give(message: In, bytes: number, done: Done | undefined, isQuiet: boolean = false): void {
    let returned: unknown
    this.#number += 1
    try {
      if (!isQuiet) returned = this.#handler?.(message)
    } catch (error) {
      this.#host.notifier.problem('onMessage threw', error)
    }
    // What most handlers return is looked at no further: this is done for every message.
    const running = typeof returned === 'object' && isThenable(returned) ? returned : undefined
    const given = done === undefined ? undefined : this.#track(done, !isQuiet, running !== undefined)
    if (running !== undefined) this.follow(running, given)
    if (this.#readers.attached.length > 0) this.#readers.push(message, bytes)
  }

  #track(done: Done, isCalled: boolean, isRunning: boolean): Given | undefined {
    if (this.attached.length === 0 && !isRunning && (this.#taken?.length ?? 0) === 0) {
      done()
      return undefined
    }
    this.#taken ??= new Taken()
    return this.#taken.add({
      done,
      number: this.#number,
      isHandled: isCalled && this.#handler !== undefined,
      isRunning,
    })
  }

  #giveGap(gap: Gap, isReported: boolean): void {
    if (!isReported) this.#host.notifier.gap(gap)
    this.#readers.gap(gap)
  }

  /** An async handler: those behind it wait, unless it was asked for more than one at a time. */
  follow(returned: PromiseLike<unknown>, given?: Given): void {
    const waiting = (): number => this.#waiting?.length ?? 0
    this.#handlers.follow(returned, waiting, () => {
      if (given !== undefined) given.isRunning = false
      this.#settleTaken()
      this.#release()
    })
    this.#look()
  }

  #settleTaken(): void {
    this.#taken?.settle(this.#readers.progress)
  }

  // ---- what waits -------------------------------------------------------------------------------

  get #isBlocked(): boolean {
    if (this.#end !== undefined) return this.#end.isQuiet || this.#handlers.isBusy
    return !this.#hasReader || this.#gathering !== undefined || this.reading.pausers > 0 || this.#handlers.isBusy
  }

  /** Gives what waits, as far as that goes. */
  #release(): void {
    if (this.#isGiving) return
    this.#isGiving = true
    while (!this.#isBlocked && this.#giveNext());
    this.#isGiving = false
    if (this.#end !== undefined && (this.#end.isQuiet || this.unread === 0 || !this.#handlers.isBusy))
      this.#endReaders()
    this.#look()
    this.#regulate()
  }

  #giveNext(isQuiet?: boolean): boolean {
    if (this.#dropped > 0) {
      const count = this.#dropped
      this.#dropped = 0
      this.#giveGap({ reason: 'overflow', count }, false)
    }
    const item = this.#waiting?.shift()
    if (item === undefined) return false
    if (item.gap === undefined) this.#give(item.message, item.bytes - MESSAGE_BYTES, item.done, isQuiet)
    else this.#giveGap(item.gap, item.isReported)
    return true
  }

  #look(): void {
    this.#isHolding = this.#isBlocked || (this.#waiting?.length ?? 0) > 0
  }

  #regulate(): void {
    const { isBusy } = this.#handlers
    this.reading.set(this.#end === undefined && this.reading.isWanted(isBusy, this.#waiting?.bytes ?? 0))
  }

  /** An answer is expected that only reading brings. See {@link ReadingPause.expect}. */
  expect(blocked: () => void): () => void {
    const undo = this.reading.expect(blocked)
    this.#regulate()
    return () => {
      undo()
      this.#regulate()
    }
  }

  // ---- readers ----------------------------------------------------------------------------------

  /** What waits goes to the first reader, and to those that come in the same turn; later ones start with what comes next. */
  attach(reader: StreamReader<In>, canPause: boolean): StreamSource {
    const attached = { reader, done: this.#number }
    const isFirst = !this.#hasReader
    this.#readers.add(attached)
    this.#came(isFirst)
    return {
      canPause,
      pause: () => this.pause(1),
      resume: () => this.pause(-1),
      taken: (count) => {
        attached.done += count
        this.#taken?.read(attached.done)
        this.#settleTaken()
      },
      left: () => {
        this.#readers.remove(attached)
        this.#settleTaken()
        this.#look()
      },
    }
  }

  /** Messages go to this handler, instead of the one before it; none: they wait for a reader. */
  handle(handler: ((message: In) => unknown) | undefined): void {
    const isFirst = !this.#hasReader
    this.#handler = handler
    this.#came(isFirst)
  }

  /** A reader has come. */
  #came(isFirst: boolean): void {
    if (this.#end !== undefined) this.#giveRest()
    else if (isFirst && this.#isHolding && (this.#waiting?.length ?? 0) > 0) {
      this.#gathering = this.#host.clock.after(0, () => {
        this.#gathering = undefined
        this.#release()
      })
    }
    this.#look()
  }

  /** So many more readers are full. */
  pause(change: number): void {
    this.reading.pausers += change
    if (this.reading.pausers === 0) return this.#release()
    this.#look()
    this.#regulate()
  }

  /** Those that read now, for {@link endOf}. */
  get attached(): readonly object[] {
    return this.#readers.attached
  }

  /** These readers end without an error; those that came later stay. */
  endOf(those: readonly object[]): void {
    this.#readers.end(those, undefined)
    this.#look()
  }

  // ---- beginning and end ------------------------------------------------------------------------

  begin(): void {
    if (this.#end === undefined) return
    this.#end = undefined
    this.#readers.forgetLeaving()
    this.#release()
  }

  /** No more comes. Readers end behind what waits; `isQuiet`: handlers are not called any more. */
  end(error: unknown, isQuiet: boolean): void {
    this.#end = { error, isQuiet }
    this.#gathering?.cancel()
    this.#gathering = undefined
    this.#handlers.stopWatching()
    this.reading.pausedAt = undefined
    if (isQuiet || this.#handler === undefined) this.#giveRest()
    else this.#release()
  }

  #giveRest(): void {
    while (this.attached.length > 0 && this.#giveNext(true));
    this.#endReaders()
  }

  #endReaders(): void {
    this.#readers.end(this.attached, this.#end?.error)
    this.#look()
  }
}
