import type { SessionRecord } from '@holdfast/log'
import { HubError } from '../errors.ts'
import type { Member } from './session-core.ts'
import { isVisible } from './visibility.ts'

/** Who may find a session may change while it is open: a participant that may not find it any more is disconnected. */
export class ReachWatch {
  readonly #watchers = new Set<() => void>()

  /** Calls `changed` after a change. Returns a function that stops it. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed)
    return () => this.#watchers.delete(changed)
  }

  /** The description may be another one. */
  changed(record: SessionRecord, members: Iterable<Member>): void {
    for (const changed of [...this.#watchers]) changed()
    for (const member of [...members]) this.demand(record, member)
  }

  /** Ends a member that may not find the session. */
  demand(record: SessionRecord, member: Member): void {
    if (isVisible(member.principal, record)) return
    member.ended(new HubError('hub/not_found', 'There is no such session.'))
  }
}
