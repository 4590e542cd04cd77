import { readEventStream, type StreamEvent } from '../checking/event-stream.ts'
import { Frames } from '../checking/frames.ts'
import { addressOf, type ServerTarget } from '../checking/target.ts'

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
    if (response.status === 200 && response.body !== null) {
      void readEventStream(response.body, (event) => frames.put(event)).then((ending) => frames.end(ending))
    } else end.abort()
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
