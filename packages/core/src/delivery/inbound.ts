import type { Clock, Timer } from '@holdfast/contract'
import type { Gap } from '../client-protocol.ts'
import type { Notifier } from '../connection/notifier.ts'
import { coreError } from '../errors.ts'
import { Fifo } from '../support/fifo.ts'
import { isThenable } from '../support/thenable.ts'
import type { StreamSource } from './inbox.ts'
import { MESSAGE_BYTES } from './inbox.ts'
import type { StreamReader } from './streams.ts'
import { type Given, type Progress, Taken } from './taken.ts'

/** What waits for a first reader. The oldest gives way, and a gap stands in its place. */
const WAITING_MESSAGES = 1_000
const WAITING_BYTES = 1_048_576
/** What waits behind a handler that is at work: beyond it the channel is paused. */
const BEHIND_BYTES = 1_048_576
/** The same while an answer is expected, which only reading brings. */
const BLOCKED_BYTES = 8_388_608
/** A handler that is at work this long is told of: what comes waits for it. */
const SLOW_MS = 30_000

/** What the way in needs of its connection. */
export interface InboundHost<In, Writer extends Held = Held> {
  readonly clock: Clock
  readonly options: { readonly onMessage?: ((message: In) => unknown) | undefined; readonly concurrency: number }
  readonly protocol: { taken?(message: In, writer: Writer | undefined): unknown }
  readonly notifier: Notifier
  /** The attempt that is open. */
  readonly writer: Writer | undefined
}

/** A link that can be held back. */
interface Held {
  readonly liveness: { paused(paused: boolean): void } | undefined
  holdBack(paused: boolean): void
}

interface Attached<In> extends Progress {
  readonly reader: StreamReader<In>
}

/** A message, or a gap between messages: `isTold` to the listeners. */
type Waiting<In> =
  | { readonly bytes: number; readonly message: In; readonly gap?: undefined }
  | { readonly bytes: number; readonly gap: Gap; readonly isTold: boolean }

const NOBODY: readonly never[] = []

/**
 * From the wire to the app, in order: what comes waits for a first reader, behind a handler that is at work, and while
 * readers are full. Where there is nothing to wait for it passes through.
 */
export class Inbound<In, Writer extends Held = Held> {
  readonly #host: InboundHost<In, Writer>
  #handler: ((message: In) => unknown) | undefined
  #readers: readonly Attached<In>[] = NOBODY
  /** Their connection has ended, and they are still being read. */
  #leaving: readonly Attached<In>[] = NOBODY
  #waiting: Fifo<Waiting<In>> | undefined
  #bytes = 0
  #dropped = 0
  #running = 0
  #pausers = 0
  /** Since when the peer is held back. */
  pausedAt: number | undefined
  /** Readers that come together are to see the same. */
  #gathering: Timer | undefined
  #slow: Timer | undefined
  #isGiving = false
  /** Nothing passes through. */
  #holds: boolean
  #number = 0
  #taken: Taken<In> | undefined
  #expecting: readonly (() => void)[] = NOBODY
  #end: { readonly error: unknown; readonly isQuiet: boolean } | undefined

  constructor(host: InboundHost<In, Writer>) {
    this.#host = host
    this.#handler = host.options.onMessage
    this.#holds = this.#handler === undefined
  }

  /** Messages and gaps that came and that the app is not done with. */
  get unread(): number {
    return (this.#waiting?.length ?? 0) + (this.#taken?.length ?? 0)
  }

  get isPaused(): boolean {
    return this.pausedAt !== undefined
  }

  // ---- what comes -------------------------------------------------------------------------------

  message(message: In, bytes: number): void {
    if (this.#holds) this.#wait({ bytes: bytes + MESSAGE_BYTES, message })
    else this.#give(message, bytes)
  }

  /** Keeps its place between the messages. Where nobody reads, those who listen for gaps are told at once. */
  gap(gap: Gap): void {
    if (!this.#holds) return this.#giveGap(gap, false)
    const isTold = !this.#hasReader
    if (isTold) this.#host.notifier.gap(gap)
    this.#wait({ bytes: MESSAGE_BYTES, gap, isTold })
  }

  get #hasReader(): boolean {
    return this.#readers.length > 0 || this.#handler !== undefined
  }

  #wait(item: Waiting<In>): void {
    this.#waiting ??= new Fifo()
    this.#waiting.push(item)
    this.#bytes += item.bytes
    if (this.#hasReader) return this.#regulate()
    while (this.#waiting.length > WAITING_MESSAGES || (this.#bytes > WAITING_BYTES && this.#waiting.length > 1)) {
      const oldest = this.#shift()
      if (this.#dropped === 0) this.#overflowed()
      this.#dropped += 1
      if (oldest?.gap === undefined && oldest !== undefined) this.#done(oldest.message)
    }
  }

  /** The first of the messages that are dropped because nobody reads. */
  #overflowed(): void {
    const { notifier } = this.#host
    notifier.gaps += 1
    notifier.record('messages are dropped: nobody reads')
  }

  /** The app is done with it, or was told that it is missing. */
  #done(message: In): void {
    const { notifier, protocol, writer } = this.#host
    notifier.call('taken', () => protocol.taken?.(message, writer))
  }

  /** The link that is open now. */
  holdBack(paused: boolean): void {
    const { writer } = this.#host
    writer?.liveness?.paused(paused)
    writer?.holdBack(paused)
  }

  #shift(): Waiting<In> | undefined {
    const item = this.#waiting?.shift()
    this.#bytes -= item?.bytes ?? 0
    return item
  }

  // ---- to the app -------------------------------------------------------------------------------

  #give(message: In, bytes: number, isQuiet: boolean = false): void {
    let returned: unknown
    this.#number += 1
    try {
      if (!isQuiet) returned = this.#handler?.(message)
    } catch (error) {
      this.#host.notifier.problem('onMessage threw', error)
    }
    // What most handlers return is looked at no further: this is done for every message.
    const running = typeof returned === 'object' && isThenable(returned) ? returned : undefined
    const given = this.#host.protocol.taken === undefined ? undefined : this.#track(message, running !== undefined)
    if (running !== undefined) this.follow(running, given)
    if (this.#readers.length > 0) for (const { reader } of this.#readers) reader.push(message, bytes)
  }

  #track(message: In, isRunning: boolean): Given<In> | undefined {
    if (this.#readers.length === 0 && !isRunning && (this.#taken?.length ?? 0) === 0) {
      this.#done(message)
      return undefined
    }
    this.#taken ??= new Taken((one) => this.#done(one))
    return this.#taken.add(message, this.#number, isRunning)
  }

  #giveGap(gap: Gap, isTold: boolean): void {
    if (!isTold) this.#host.notifier.gap(gap)
    for (const { reader } of this.#readers) reader.gap(gap)
  }

  /** An async handler: those behind it wait, unless it was asked for more than one at a time. */
  follow(returned: PromiseLike<unknown>, given?: Given<In>): void {
    const { clock, options } = this.#host
    if (Number.isFinite(options.concurrency)) this.#slow ??= clock.after(SLOW_MS, () => this.#isSlow())
    const settled = (): void => {
      this.#slow?.cancel()
      this.#slow = undefined
      this.#running -= 1
      if (given !== undefined) given.isRunning = false
      this.#settleTaken()
      this.#release()
    }
    this.#running += 1
    this.#look()
    returned.then(settled, (error: unknown) => {
      this.#host.notifier.problem('onMessage threw', error)
      settled()
    })
  }

  #isSlow(): void {
    const what = `onMessage has been at work for ${SLOW_MS / 1_000} s; ${this.#waiting?.length ?? 0} messages wait for it`
    this.#host.notifier.problem(what, coreError('inbox/slow_handler', what))
  }

  #settleTaken(): void {
    this.#taken?.settle([...this.#readers, ...this.#leaving])
  }

  // ---- what waits -------------------------------------------------------------------------------

  get #isBlocked(): boolean {
    if (this.#end !== undefined) return this.#end.isQuiet || this.#isBusy
    return !this.#hasReader || this.#gathering !== undefined || this.#pausers > 0 || this.#isBusy
  }

  get #isBusy(): boolean {
    return this.#running >= this.#host.options.concurrency
  }

  /** Gives what waits, as far as that goes. */
  #release(): void {
    if (this.#isGiving) return
    this.#isGiving = true
    while (!this.#isBlocked && this.#giveNext());
    this.#isGiving = false
    if (this.#end !== undefined && (this.#end.isQuiet || this.unread === 0 || !this.#isBusy)) this.#endReaders()
    this.#look()
    this.#regulate()
  }

  #giveNext(isQuiet?: boolean): boolean {
    if (this.#dropped > 0) {
      const count = this.#dropped
      this.#dropped = 0
      this.#giveGap({ reason: 'overflow', count }, false)
    }
    const item = this.#shift()
    if (item === undefined) return false
    if (item.gap === undefined) this.#give(item.message, item.bytes - MESSAGE_BYTES, isQuiet)
    else this.#giveGap(item.gap, item.isTold)
    return true
  }

  #look(): void {
    this.#holds = this.#isBlocked || (this.#waiting?.length ?? 0) > 0
  }

  #regulate(): void {
    const paused = this.#end === undefined && this.#wantsPause()
    if (paused === this.isPaused) return
    this.pausedAt = paused ? this.#host.clock.now() : undefined
    this.holdBack(paused)
  }

  #wantsPause(): boolean {
    if (this.#pausers === 0 && !this.#isBusy) return false
    if (this.#expecting.length > 0) {
      if (this.#bytes < BLOCKED_BYTES) return false
      const expecting = this.#expecting
      this.#expecting = NOBODY
      for (const blocked of expecting) blocked()
    }
    return this.#pausers > 0 || this.#bytes >= (this.isPaused ? BEHIND_BYTES / 2 : BEHIND_BYTES)
  }

  /**
   * An answer is expected that only reading brings: reading goes on although readers are full, up to 8 MiB; then `blocked`
   * is called. Returns its own undo.
   */
  expect(blocked: () => void): () => void {
    this.#expecting = [...this.#expecting, blocked]
    this.#regulate()
    return () => {
      this.#expecting = this.#expecting.filter((other) => other !== blocked)
      this.#regulate()
    }
  }

  // ---- readers ----------------------------------------------------------------------------------

  /** What waits goes to the first reader, and to those that come in the same turn; later ones start with what comes next. */
  attach(reader: StreamReader<In>, canPause: boolean): StreamSource {
    const attached: Attached<In> = { reader, done: this.#number }
    const isFirst = !this.#hasReader
    this.#readers = [...this.#readers, attached]
    this.#came(isFirst)
    return {
      canPause,
      pause: () => this.#pause(1),
      resume: () => this.#pause(-1),
      taken: (count) => {
        attached.done += count
        this.#settleTaken()
      },
      left: () => {
        this.#readers = this.#readers.filter((other) => other !== attached)
        this.#leaving = this.#leaving.filter((other) => other !== attached)
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
    else if (isFirst && this.#holds && (this.#waiting?.length ?? 0) > 0) {
      this.#gathering = this.#host.clock.after(0, () => {
        this.#gathering = undefined
        this.#release()
      })
    }
    this.#look()
  }

  #pause(change: number): void {
    this.#pausers += change
    if (this.#pausers === 0) return this.#release()
    this.#look()
    this.#regulate()
  }

  /** Those that read now, for {@link endOf}. */
  get attached(): readonly object[] {
    return this.#readers
  }

  /** These readers end without an error; those that came later stay. */
  endOf(those: readonly object[]): void {
    const ending = this.#readers.filter((attached) => those.includes(attached))
    this.#readers = this.#readers.filter((attached) => !those.includes(attached))
    this.#leaving = [...this.#leaving, ...ending]
    for (const { reader } of ending) reader.end(undefined)
    this.#look()
  }

  // ---- beginning and end ------------------------------------------------------------------------

  begin(): void {
    if (this.#end === undefined) return
    this.#end = undefined
    this.#leaving = NOBODY
    this.#release()
  }

  /** No more comes. Readers end behind what waits; `isQuiet`: handlers are not called any more. */
  end(error: unknown, isQuiet: boolean): void {
    this.#end = { error, isQuiet }
    this.#gathering?.cancel()
    this.#gathering = undefined
    this.#slow?.cancel()
    this.pausedAt = undefined
    if (isQuiet || this.#handler === undefined) this.#giveRest()
    else this.#release()
  }

  #giveRest(): void {
    while (this.#readers.length > 0 && this.#giveNext(true));
    this.#endReaders()
  }

  #endReaders(): void {
    const readers = this.#readers
    this.#readers = NOBODY
    this.#leaving = [...this.#leaving, ...readers]
    for (const { reader } of readers) reader.end(this.#end?.error)
    this.#look()
  }
}
