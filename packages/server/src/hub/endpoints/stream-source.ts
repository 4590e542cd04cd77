import type { Principal } from '@holdfast/gate/internals'
import { INTERNAL_STATUS, type LogEvent, type SessionRecord } from '@holdfast/log'
import { decideResumeWhenReady, positionText } from '../connection/resume-decision.ts'
import type { HubContext } from '../context.ts'
import { Delivery } from '../delivery/delivery.ts'
import { hydrationText, snapshotMessage } from '../delivery/hydration.ts'
import { HubError } from '../errors.ts'
import type { HubSessions } from '../session/hub-sessions.ts'
import { demandReach, isVisible } from '../session/visibility.ts'
import type { Authorization } from './authorization.ts'

/** What a {@link HubStreamSource} is made of. */
export interface HubStreamSourceParts {
  readonly context: HubContext
  readonly authorization: Authorization
  readonly sessions: HubSessions
}

/** The state of a session as messages, and where its events go on from there. */
export interface HubStateAt {
  readonly messages: readonly string[]
  /** `{epoch}.{n}.{eventHash}` */
  readonly position: string
}

/** The hub's sessions for `@holdfast/streams`, which reads them straight from the log: who may read, and what is shown. */
export class HubStreamSource {
  readonly #parts: HubStreamSourceParts

  constructor(parts: HubStreamSourceParts) {
    this.#parts = parts
  }

  /** A session that this principal may read, or let others read. @throws HubError `hub/not_found`, `hub/forbidden` */
  async find(principal: Principal, sessionId: string, access: 'read' | 'share'): Promise<SessionRecord> {
    const { authorization } = this.#parts
    await authorization.permit(principal, access === 'read' ? 'observe' : 'manage', sessionId)
    const record = await this.#record(sessionId)
    if (record === undefined || !isVisible(principal, record)) throw notFound()
    if (access === 'share') demandReach(principal, record)
    return record
  }

  /** A session that this principal has opened for reading, where it still may be. */
  async findShared(by: string, sessionId: string): Promise<SessionRecord | undefined> {
    const record = await this.#record(sessionId)
    return record?.reach === 'private' && record.owner !== by ? undefined : record
  }

  /** An event as observers receive it, as JSON with its number; undefined where they do not. Hub §11. */
  show(sessionId: string, event: LogEvent): string | undefined {
    const delivery = new Delivery(sessionId, event)
    return delivery.record?.t === 'event' ? delivery.stamped(event.n - 1, false) : undefined
  }

  /** The first item for an observer (hub §6): its position is valid, or the whole state. @throws HubError */
  async state(sessionId: string, position: string | undefined): Promise<HubStateAt> {
    const { session, release } = await this.#parts.sessions.enter(sessionId)
    try {
      const start = await decideResumeWhenReady(session, true, { asked: true, after: position, sends: false })
      const messages = [JSON.stringify(snapshotMessage(session, start.offer))]
      const { after: seq, eventHash: anchor } = start
      if (start.isFresh) messages.push(hydrationText(session, 'hydration', { stamp: { seq, anchor } }))
      return { messages, position: positionText(start.epoch, seq, anchor) }
    } finally {
      release()
    }
  }

  async #record(sessionId: string): Promise<SessionRecord | undefined> {
    const record = await this.#parts.context.log.findSession(sessionId)
    return record === null || record.status === INTERNAL_STATUS ? undefined : record
  }
}

function notFound(): HubError {
  return new HubError('hub/not_found', 'There is no such session.')
}
