import type { Timer } from '@holdfast/contract'
import type { HubPresenceMessage } from '@holdfast/protocol/hub'
import { HubError } from '../errors.ts'
import type { Notice, SessionCore } from '../session/session-core.ts'
import { type Participant, presenceMessage } from './participant.ts'

type Who = Parameters<typeof presenceMessage>[3]

/**
 * The participants of a session, and notifying all of them. Many observers are reported together, not each to each. Where several hubs
 * share the session, who is at the others belongs to it.
 */
export class Presence {
  readonly #session: SessionCore
  readonly #participants = new Map<string, Participant>()
  readonly #leave: (() => void) | undefined
  #pending: Timer | undefined
  #sharing: Timer | undefined
  #shared = 0

  constructor(session: SessionCore) {
    this.#session = session
    this.#leave = session.context.remotePresence?.watch(session.sessionId, (event, participant) => {
      if (participant !== undefined) this.#announce(event, participant)
      session.remoteLeadCame()
    })
  }

  /** Everybody, here and at other hubs; of the observers only those who are here. */
  get all(): readonly Participant[] {
    return [...this.#participants.values(), ...this.#remote.participants]
  }

  get size(): number {
    const { participants, observers } = this.#remote
    return this.#participants.size + participants.length + observers
  }

  count(role: Participant['role']): number {
    const known = this.all.filter((one) => one.role === role).length
    return role === 'observer' ? known + this.#remote.observers : known
  }

  /** @throws HubError `hub/unavailable` where the session has as many participants as it may */
  demandRoom(): void {
    if (this.size < this.#session.context.limits.maxParticipants) return
    throw new HubError('hub/unavailable', 'The session has as many participants as it may.')
  }

  /** Who is here, as a message. */
  now(): string {
    return JSON.stringify(this.#message('presence_update', this.#detail()))
  }

  join(participant: Participant): void {
    this.#participants.set(participant.id, participant)
    this.#share(participant)
    this.#announce('session_join', participant)
  }

  leave(participant: Participant): void {
    if (!this.#participants.delete(participant.id)) return
    if (participant.role === 'observer') this.#shareObservers()
    else this.#session.context.remotePresence?.withdraw(this.#session.sessionId, participant)
    this.#announce('session_leave', participant)
  }

  update(participant: Participant): void {
    if (!this.#participants.has(participant.id)) return
    this.#share(participant)
    this.#announce('presence_update', participant)
  }

  close(): void {
    this.#leave?.()
    this.#pending?.cancel()
    this.#pending = undefined
    this.#sharing?.cancel()
    this.#sharing = undefined
    const { context, sessionId } = this.#session
    for (const one of this.#participants.values())
      if (one.role !== 'observer') context.remotePresence?.withdraw(sessionId, one)
    if (this.#shared > 0) context.remotePresence?.announceObservers(sessionId, 0)
  }

  get #remote(): { readonly participants: readonly Participant[]; readonly observers: number } {
    const { context, sessionId } = this.#session
    return context.remotePresence?.in(sessionId) ?? { participants: [], observers: 0 }
  }

  #share(participant: Participant): void {
    if (participant.role === 'observer') this.#shareObservers()
    else this.#session.context.remotePresence?.announce(this.#session.sessionId, participant)
  }

  /** The number of observers: at once, and then not again for a while. */
  #shareObservers(): void {
    const { remotePresence, clock, limits } = this.#session.context
    if (remotePresence === undefined || this.#sharing !== undefined) return
    const count = [...this.#participants.values()].filter(({ role }) => role === 'observer').length
    if (count === this.#shared) return
    this.#shared = count
    remotePresence.announceObservers(this.#session.sessionId, count)
    this.#sharing = clock.after(limits.presenceIntervalMs, () => {
      this.#sharing = undefined
      this.#shareObservers()
    })
  }

  #announce(event: HubPresenceMessage['event'], participant: Participant): void {
    const { limits, clock } = this.#session.context
    const isCrowd = this.size > limits.presenceDetail
    if (!isCrowd) {
      this.#send(event, { participant, all: this.all })
    } else if (participant.role !== 'observer') {
      this.#send(event, { participant })
    } else {
      this.#pending ??= clock.after(limits.presenceIntervalMs, () => {
        this.#pending = undefined
        this.#send('presence_update', this.#detail())
      })
    }
  }

  #send(event: HubPresenceMessage['event'], who: Who): void {
    const latest = (): Notice['serve'] => this.#notice('presence_update', this.#detail()).serve
    this.#session.notify({ ...this.#notice(event, who), latest })
  }

  #notice(event: HubPresenceMessage['event'], who: Who): Pick<Notice, 'serve' | 'bytes'> {
    const message = this.#message(event, who)
    const text = JSON.stringify(message)
    return { serve: (member) => member.presence(message, text), bytes: text.length }
  }

  #message(event: HubPresenceMessage['event'], who: Who): HubPresenceMessage {
    const { sessionId, context } = this.#session
    return presenceMessage(event, sessionId, context.clock.epoch(), who)
  }

  /** Those who are here; of many, some. */
  #detail(): Who {
    return { all: this.all.slice(0, this.#session.context.limits.presenceDetail) }
  }
}
