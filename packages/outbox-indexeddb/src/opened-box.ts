import type { BoxStore, StoredBox, StoredMessage } from './box-store.ts'
import type { Notices } from './notices.ts'
import type { OwnedBox } from './ownership.ts'

/** What an outbox is opened with. */
export interface OpenedBox<Message> {
  readonly store: BoxStore<Message>
  readonly owned: OwnedBox
  readonly messages: readonly StoredMessage<Message>[]
  readonly checkpoint: StoredBox | undefined
  readonly notices: Notices<Message>
  /** Makes the other tabs release what they keep. */
  readonly announceClear: () => void
  /** Nothing of other tabs is heard any more. */
  readonly leave: () => void
}
