import type { Gap } from '@holdfast/core'
import type { ChannelSink, Transport } from '@holdfast/core/contract'
import type { HubStamp } from '@holdfast/protocol/hub'
import { counted } from '../counted.ts'

/** A gateway that does not say when all is sent has sent it after this long without an event. */
const QUIET_MS = 1_500
const LOOK_EVERY_MS = 50

/** What the gateway says once all that was missed is sent (hub §11): nothing stands before its type. */
const LIVE = '{"type":"live"'

/**
 * Counts the events of a session as they are handed over, by their numbers in the gateway's log: each names the one before it,
 * so a hole and a repetition are seen here, whatever the layers below believe.
 */
export class EventAccount {
  readonly #unread: () => number
  #last = 0
  #caught = 0
  #lost = 0
  #doubled = 0
  #isLostUnknown = false
  #isAway = false
  #isLive = false
  #receivedAt = 0

  /** @param unread how many events have come and were not read */
  constructor(unread: () => number) {
    this.#unread = unread
  }

  /** The same transport, heard for when the gateway has sent all that was missed. */
  watch<In, Out>(transport: Transport<In, Out>): Transport<In, Out> {
    return {
      ...transport,
      open: async (...args) => {
        const channel = await transport.open(...args)
        const start = channel.start.bind(channel)
        channel.start = (sink) => start(this.#watched(sink))
        return channel
      },
    }
  }

  /** An event, as it is handed over. `isWhole`: it stands for everything before it. */
  take(stamp: HubStamp | undefined, isWhole: boolean): void {
    if (stamp === undefined) return
    this.#receivedAt = performance.now()
    const { seq, prev } = stamp
    const isKnown = this.#last > 0 && !isWhole
    if (isKnown && seq <= this.#last) this.#doubled++
    else if (isKnown && prev !== undefined && prev > this.#last) this.#lost++
    if (this.#isAway && !isWhole && seq > this.#last) this.#caught++
    this.#last = Math.max(this.#last, seq)
  }

  /** The gateway, or the client, says that events are missing. */
  gap({ from, to }: Gap): void {
    if (from === undefined || to === undefined) this.#isLostUnknown = true
    else this.#lost += to - from + 1
    // Where the log began anew, its numbers do too.
    this.#last = from === undefined ? 0 : Math.max(this.#last, to ?? 0)
  }

  /** The connection is gone. */
  began(): void {
    this.#caught = this.#lost = this.#doubled = 0
    this.#isLostUnknown = false
    this.#isAway = true
    this.#isLive = false
  }

  /** The connection is back. Resolves with what came late, once all of it was read; undefined where that no longer counts. */
  async ended(isOver: () => boolean): Promise<string | undefined> {
    this.#receivedAt = performance.now()
    while (!this.#isComplete && !isOver()) await pause()
    if (isOver()) return undefined
    this.#isAway = false
    return `${counted(this.#caught, 'event')} caught up · ${this.#lostInWords} · ${this.#doubled} doubled`
  }

  get #isComplete(): boolean {
    if (this.#unread() > 0) return false
    return this.#isLive || performance.now() - this.#receivedAt >= QUIET_MS
  }

  get #lostInWords(): string {
    if (!this.#isLostUnknown) return `${this.#lost} lost`
    return this.#lost === 0 ? 'an unknown number lost' : `at least ${this.#lost} lost`
  }

  #watched<In>(sink: ChannelSink<In>): ChannelSink<In> {
    return {
      frame: (frame) => {
        sink.frame(frame)
        if (textOf(frame).startsWith(LIVE)) this.#isLive = true
      },
      pong: () => sink.pong?.(),
      cursor: (id) => sink.cursor?.(id),
      closed: (end) => sink.closed(end),
    }
  }
}

/** Of a WebSocket's message, or of a server-sent event. */
function textOf(frame: unknown): string {
  if (typeof frame === 'string') return frame
  const { data }: { readonly data?: unknown } = Object(frame)
  return typeof data === 'string' ? data : ''
}

function pause(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, LOOK_EVERY_MS).unref())
}
