import type { ChannelSink, EventStreamChannel, SseEvent } from '@holdfast/contract'
import { type EventStreamEnd, type EventStreamOptions, eventStream } from '../src/index.ts'

/** A response body that is fed by hand, through a fetch of its own. */
export interface Feed {
  readonly fetch: typeof fetch
  readonly send: (bytes: string | Uint8Array) => void
  readonly end: () => void
  readonly fail: (error: Error) => void
  readonly requests: Request[]
  /** How many pieces the channel has asked for. */
  readonly pulls: () => number
  readonly cancelled: () => boolean
}

export function feed(): Feed {
  const requests: Request[] = []
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  let pulls = 0
  let cancelled = false
  const body = new ReadableStream<Uint8Array>(
    {
      start: (given) => {
        controller = given
      },
      pull: () => {
        pulls += 1
      },
      cancel: () => {
        cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return {
    fetch: async (url, init) => {
      requests.push(new Request(url, init))
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
    },
    send: (bytes) => controller?.enqueue(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes),
    end: () => controller?.close(),
    fail: (error) => controller?.error(error),
    requests,
    pulls: () => pulls,
    cancelled: () => cancelled,
  }
}

/** Collects what a channel delivers. */
export class Collector implements ChannelSink<SseEvent> {
  readonly events: SseEvent[] = []
  readonly ends: EventStreamEnd[] = []
  /** Events by their data, and ids that came into force as `#id`, in order. */
  readonly told: string[] = []
  readonly ended: Promise<EventStreamEnd>
  onFrame: (event: SseEvent) => void = () => {}
  #resolve: (end: EventStreamEnd) => void = () => {}

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  frame(event: SseEvent): void {
    this.events.push(event)
    this.told.push(event.data)
    this.onFrame(event)
  }

  cursor(id: string): void {
    this.told.push(`#${id}`)
  }

  closed(end: EventStreamEnd): void {
    this.ends.push(end)
    this.#resolve(end)
  }

  get data(): string[] {
    return this.events.map(({ data }) => data)
  }
}

export interface Open {
  readonly channel: EventStreamChannel
  readonly collector: Collector
}

export async function open(
  options: EventStreamOptions,
  target: { url?: string; headers?: Record<string, string> } = {},
): Promise<Open> {
  const { url = 'http://stream.test/events', ...rest } = target
  const channel = await eventStream(options).open({ url, ...rest }, { signal: new AbortController().signal })
  return { channel, collector: new Collector() }
}

/** Lets every promise job and stream step run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
