import { BoxStore } from './box-store.ts'
import { DurableOutbox } from './durable-outbox.ts'
import { checkOptions, type OutboxOptions } from './options.ts'
import { type OutboxSurroundings, ownBox } from './ownership.ts'

/** How tabs tell each other of a sign-out. */
const CHANNEL = 'holdfast-outbox'

/**
 * Opens the outbox of this tab, with what an earlier page left in it. Attach it to a client, then connect that.
 * @throws `outbox/unavailable`, `outbox/invalid_option`
 */
export async function openOutbox<Message = unknown>(options: OutboxOptions<Message>): Promise<DurableOutbox<Message>> {
  checkOptions(options)
  const { name } = options
  const surroundings = { ...ofThisPage(), ...options }
  const store = await BoxStore.open<Message>(surroundings.indexedDB)
  try {
    const owned = await ownBox(name, await store.boxes(name), surroundings)
    const tabs = new BroadcastChannel(CHANNEL)
    const outbox = new DurableOutbox<Message>(options, {
      ...{ store, owned, ...(await store.read(name, owned.box)) },
      announceClear: () => tabs.postMessage({ cleared: name }),
      leave: () => tabs.close(),
    })
    tabs.onmessage = ({ data }) => {
      if (Object(data).cleared === name) outbox.cleared()
    }
    return outbox
  } catch (error) {
    store.close()
    throw error
  }
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
