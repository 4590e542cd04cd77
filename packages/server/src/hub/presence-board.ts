import type { Timer } from '@holdfast/contract'
import type { HubPresenceMessage } from '@holdfast/protocol/hub'
import { type Participant, presenceMessage } from './presence.ts'
import type { Room } from './room.ts'

/** Who is in a session, and telling everybody. Many observers are told together, not each to each. */
export class PresenceBoard {
  readonly #room: Room
  readonly #participants = new Map<string, Participant>()
  #pending: Timer | undefined

  constructor(room: Room) {
    this.#room = room
  }

  get all(): readonly Participant[] {
    return [...this.#participants.values()]
  }

  get size(): number {
    return this.#participants.size
  }

  count(role: Participant['role']): number {
    return this.all.filter((one) => one.role === role).length
  }

  join(participant: Participant): void {
    this.#participants.set(participant.id, participant)
    this.#tell('session_join', participant)
  }

  leave(participant: Participant): void {
    if (this.#participants.delete(participant.id)) this.#tell('session_leave', participant)
  }

  update(participant: Participant): void {
    if (this.#participants.has(participant.id)) this.#tell('presence_update', participant)
  }

  close(): void {
    this.#pending?.cancel()
    this.#pending = undefined
  }

  #tell(event: HubPresenceMessage['event'], participant: Participant): void {
    const { limits, clock } = this.#room.context
    const isCrowd = this.size > limits.presenceDetail
    if (!isCrowd) {
      this.#send(event, { participant, all: this.all })
    } else if (participant.role !== 'observer') {
      this.#send(event, { participant })
    } else {
      this.#pending ??= clock.after(limits.presenceIntervalMs, () => {
        this.#pending = undefined
        this.#send('presence_update', { all: this.all.slice(0, limits.presenceDetail) })
      })
    }
  }

  #send(event: HubPresenceMessage['event'], who: Parameters<typeof presenceMessage>[3]): void {
    const { sessionId, context, members } = this.#room
    const message = presenceMessage(event, sessionId, context.clock.epoch(), who)
    const text = JSON.stringify(message)
    for (const member of members) member.presence(message, text)
  }
}
