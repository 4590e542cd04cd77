import { Frames } from '../checking/frames.ts'
import { addressOf, type ServerTarget } from '../checking/target.ts'

/** One event of a stream. */
export interface StreamEvent {
  readonly event: string
  readonly id: string
  readonly data: string
}

/** An observer over server-sent events. */
export class EventStreamPeer {
  readonly status: number
  readonly frames: Frames<StreamEvent>
  readonly #end: AbortController

  private constructor(status: number, frames: Frames<StreamEvent>, end: AbortController) {
    this.status = status
    this.frames = frames
    this.#end = end
  }

  /** Opens one. Without events where the status is not 200. */
  static async open(target: ServerTarget, sessionId: string, lastEventId?: string): Promise<EventStreamPeer> {
    const end = new AbortController()
    const path = `/api/hub/session/${encodeURIComponent(sessionId)}/events`
    const response = await fetch(addressOf(hubBase(target.url), 'http', path, [['resume', '1']]), {
      headers: {
        accept: 'text/event-stream',
        ...(target.token === undefined ? {} : { authorization: `Bearer ${target.token}` }),
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      signal: end.signal,
    })
    const frames = new Frames<StreamEvent>(target)
    if (response.status === 200 && response.body !== null) void read(response.body, frames)
    else end.abort()
    return new EventStreamPeer(response.status, frames, end)
  }

  close(): void {
    this.#end.abort()
  }
}

/** The address before the path of WebSockets. */
function hubBase(url: string): string {
  const at = url.indexOf('/api/ws')
  return at < 0 ? url : url.slice(0, at)
}

async function read(body: ReadableStream<Uint8Array>, frames: Frames<StreamEvent>): Promise<void> {
  const decoder = new TextDecoder()
  let text = ''
  let id = ''
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true })
      const blocks = text.split(/\r?\n\r?\n/)
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = eventOf(block, id)
        id = event.id
        if (event.data !== '') frames.put(event)
      }
    }
    frames.end({ code: 1000, reason: 'the stream ended' })
  } catch (error) {
    frames.end({ code: 1006, reason: String(error) })
  }
}

function eventOf(block: string, id: string): StreamEvent {
  const fields = block.split(/\r?\n/).map((line) => /^([^:]*):? ?(.*)$/.exec(line) ?? [])
  const valuesOf = (name: string): readonly string[] =>
    fields.filter(([, field]) => field === name).map(([, , value = '']) => value)
  return { event: valuesOf('event').at(-1) ?? '', id: valuesOf('id').at(-1) ?? id, data: valuesOf('data').join('\n') }
}
