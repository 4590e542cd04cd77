import { BoxStore } from './box-store.ts'
import { DurableOutbox } from './durable-outbox.ts'
import { LeftBoxes } from './left-boxes.ts'
import { Notices } from './notices.ts'
import type { OpenedBox } from './opened-box.ts'
import { checkOptions, OUTBOX_DEFAULTS, type OutboxOptions } from './options.ts'
import { type OutboxSurroundings, type OwnedBox, ownBox } from './ownership.ts'

/** How tabs notify each other of a sign-out. */
const CHANNEL = 'holdfast-outbox'

/**
 * Opens the outbox of this tab, with what an earlier page left in it. Attach it to a client, then connect that.
 * @throws `outbox/unavailable`, `outbox/invalid_option`
 */
export async function openOutbox<Message = unknown>(options: OutboxOptions<Message>): Promise<DurableOutbox<Message>> {
  checkOptions(options)
  const surroundings = { ...ofThisPage(), ...options }
  const store = await BoxStore.open<Message>(surroundings.indexedDB)
  let owned: OwnedBox | undefined
  try {
    const { name } = options
    owned = await ownBox(name, await store.boxes(name), surroundings)
    return assemble(options, surroundings, { store, owned, ...(await store.read(name, owned.box)) })
  } catch (error) {
    owned?.release()
    store.close()
    throw error
  }
}

/** The outbox, and what continues beside it until it is closed. */
function assemble<Message>(
  options: OutboxOptions<Message>,
  { locks, clock }: OutboxSurroundings,
  box: Pick<OpenedBox<Message>, 'store' | 'owned' | 'messages' | 'checkpoint'>,
): DurableOutbox<Message> {
  const { name, lookMs = OUTBOX_DEFAULTS.lookMs } = options
  const tabs = new BroadcastChannel(CHANNEL)
  const notices = new Notices<Message>(options)
  const outbox = new DurableOutbox<Message>(options, {
    ...{ ...box, notices },
    announceClear: () => tabs.postMessage({ cleared: name }),
    leave: () => {
      tabs.close()
      left?.stop()
    },
  })
  tabs.onmessage = ({ data }) => {
    if (Object(data).cleared === name) outbox.cleared()
  }
  const host = {
    ...{ name, box: box.owned.box, clock, everyMs: lookMs },
    boxes: () => box.store.boxes(name),
    adopt: (other: string) => outbox.adopt(other),
    failed: (error: unknown) => notices.problem(error),
  }
  const left = locks === undefined ? undefined : new LeftBoxes({ ...host, locks })
  return outbox
}

function ofThisPage(): OutboxSurroundings {
  // Reading it throws where the user forbids storage.
  let storage: Storage | undefined
  try {
    storage = globalThis.sessionStorage
  } catch {
    storage = undefined
  }
  return { indexedDB: globalThis.indexedDB, locks: globalThis.navigator?.locks, sessionStorage: storage }
}
