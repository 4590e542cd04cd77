import type { Gap } from '@holdfast/core'
import type { ChannelSink, Transport } from '@holdfast/core/contract'
import { HubEventCount, type HubStamp } from '@holdfast/protocol/hub'
import { countNoun } from '../count-noun.ts'

/** A gateway that does not say when all is sent has sent it after this long without an event. */
const QUIET_MS = 1_500
const LOOK_EVERY_MS = 50

/** What the gateway says once all that was missed is sent (hub §11): nothing stands before its type. */
const LIVE = '{"type":"live"'

/** What an outage did to a session: how many of its events came late, and whether any is missing or came twice. */
export class EventAccount {
  readonly #unread: () => number
  readonly #count = new HubEventCount()
  #caught = 0
  #atDrop = { lost: 0, doubled: 0 }
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
    if (isWhole) this.#count.jump(stamp.seq)
    else if (this.#count.take(stamp) && this.#isAway) this.#caught++
  }

  /** The gateway, or the client, says that events are missing. */
  gap({ from, to }: Gap): void {
    if (from === undefined || to === undefined) this.#isLostUnknown = true
    this.#count.gap(from, to)
  }

  /** The connection is gone. */
  began(): void {
    this.#caught = 0
    this.#atDrop = { lost: this.#count.missing, doubled: this.#count.repeated }
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
    return `${countNoun(this.#caught, 'event')} caught up · ${this.#lostInWords} · ${this.#count.repeated - this.#atDrop.doubled} doubled`
  }

  get #isComplete(): boolean {
    if (this.#unread() > 0) return false
    return this.#isLive || performance.now() - this.#receivedAt >= QUIET_MS
  }

  get #lostInWords(): string {
    const lost = this.#count.missing - this.#atDrop.lost
    if (!this.#isLostUnknown) return `${lost} lost`
    return lost === 0 ? 'an unknown number lost' : `at least ${lost} lost`
  }

  #watched<In>(sink: ChannelSink<In>): ChannelSink<In> {
    return {
      frame: (frame) => {
        const text = textOf(frame)
        this.#count.arrived(text)
        sink.frame(frame)
        if (text.startsWith(LIVE)) this.#isLive = true
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
