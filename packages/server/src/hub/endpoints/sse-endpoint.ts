import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Timer } from '@holdfast/contract'
import { type Principal, requestUrl } from '@holdfast/gate/internals'
import { parseHubEventStreamParameters } from '@holdfast/protocol/hub'
import type { OpenConnection } from '../connection/connection-summary.ts'
import { decideResumeWhenReady } from '../connection/resume-decision.ts'
import type { HubContext } from '../context.ts'
import { eventFilter } from '../delivery/filters.ts'
import { HubError } from '../errors.ts'
import type { HubSessions } from '../session/hub-sessions.ts'

import { EventStream } from './event-stream.ts'

/** What the streams are made of. */
export interface EventStreamsParts {
  readonly context: HubContext
  readonly sessions: HubSessions
}

/** The hub's event streams (hub §6): observers that only listen. */
export class EventStreams {
  readonly #parts: EventStreamsParts
  readonly #streams = new Set<EventStream>()
  #timer: Timer | undefined
  #draining = false

  constructor(parts: EventStreamsParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#streams.size
  }

  get connections(): Iterable<OpenConnection> {
    return this.#streams
  }

  get bufferedBytes(): number {
    let bytes = 0
    for (const stream of this.#streams) bytes += stream.bufferedBytes
    return bytes
  }

  /** Answers a request for a session's stream. @throws HubError before anything was answered */
  async open(request: IncomingMessage, response: ServerResponse, sessionId: string, who: Principal): Promise<void> {
    const { context, sessions } = this.#parts
    if (this.#draining) throw new HubError('hub/unavailable', 'The hub is going away.')
    const parameters = parseHubEventStreamParameters(requestUrl(request)?.searchParams ?? '')
    const made = eventFilter(parameters.subscribe ?? [], context.limits)
    if (!made.ok) throw new HubError('hub/bad_request', made.issue)
    const { session, release } = await sessions.enter(sessionId, who.id)
    try {
      const last = request.headers['last-event-id']
      const after = typeof last === 'string' && last !== '' ? last : parameters.after
      const resumes = parameters.resume === true
      const isPaged = resumes && parameters.paged === true
      const start = await decideResumeWhenReady(session, true, { asked: resumes, after, sends: false, isPaged })
      if (response.destroyed) return release()
      if (this.#draining) throw new HubError('hub/unavailable', 'The hub is going away.')
      session.presence.demandRoom()
      const ended = (): void => {
        this.#streams.delete(stream)
        release()
      }
      const earlier = start.isFresh ? undefined : parameters.before
      const wantsAsIs = request.headers['accept-encoding']?.trim().toLowerCase() === 'identity'
      const parts = {
        context,
        session,
        response,
        wantsAsIs,
        filter: made.filter,
        start,
        resumes,
        isPaged,
        earlier,
        who,
        ended,
      }
      const stream = new EventStream(parts)
      this.#streams.add(stream)
      stream.open()
      this.#watch()
    } catch (error) {
      release()
      throw error
    }
  }

  /** Ends every stream, after a hint when to reconnect: each at its own moment of the spread. */
  drain(reconnectWindowMs: number): void {
    this.#draining = true
    for (const stream of this.#streams) stream.end(Math.round(this.#parts.context.random() * reconnectWindowMs))
  }

  close(): void {
    this.#timer?.cancel()
    this.#draining = true
    for (const stream of this.#streams) stream.fail()
  }

  #watch(): void {
    const { clock, limits, slices } = this.#parts.context
    let round = 0
    const every = Math.min(limits.sseKeepAliveMs, limits.markIntervalMs)
    const tick = (): void => {
      round++
      const keepAlive = (round * every) % limits.sseKeepAliveMs < every
      this.#timer = this.size === 0 ? undefined : clock.after(every, tick)
      slices.each(this.#streams, (stream) => stream.tick(keepAlive))
    }
    this.#timer ??= clock.after(every, tick)
  }
}
