import { type Clock, systemClock } from '@holdfast/core'
import { OutboxError } from './errors.ts'

/** A box that is this tab's alone. */
export interface OwnedBox {
  readonly box: string
  release(): void
}

/** What is asked of the page; each is the browser's own where it is not given. */
export interface OutboxSurroundings {
  readonly indexedDB?: IDBFactory | undefined
  readonly locks?: LockManager | undefined
  /** Where a tab remembers its box: kept over a reload, and copied when a tab is duplicated. */
  readonly sessionStorage?: Storage | undefined
  readonly clock?: Clock | undefined
}

/** The lock of a box. */
export function lockName(name: string, box: string): string {
  return `${keyOf(name)} ${box}`
}

function keyOf(name: string): string {
  return `holdfast-outbox ${name}`
}

/** A page that is reloaded may begin before the browser has taken the lock from the one before it. In milliseconds. */
const RELOAD_MS = 1_000

/**
 * The box of this tab: the one that it had before a reload; where another tab has that (this one is a duplicate), or it had
 * none, one that a tab left behind; else a new one. It is owned alone until it is released, or the page is gone.
 * @throws `outbox/unavailable`
 */
export async function ownBox(
  name: string,
  left: readonly string[],
  { locks, sessionStorage, clock = systemClock }: OutboxSurroundings,
): Promise<OwnedBox> {
  if (locks === undefined)
    throw new OutboxError('outbox/unavailable', 'There are no Web Locks here: they need https: or localhost.')
  const key = keyOf(name)
  const remembered = recall(sessionStorage, key)
  const take = async (box: string, waitMs: number): Promise<OwnedBox | undefined> => {
    const release = await lock(locks, lockName(name, box), waitMs, clock)
    return release === undefined ? undefined : { box, release }
  }
  let own = remembered === undefined ? undefined : await take(remembered, RELOAD_MS)
  // One that holds nothing gives way to what waits for a tab.
  const isIdle = own === undefined || !left.includes(own.box)
  for (const box of isIdle ? left : []) {
    const found = await take(box, 0)
    if (found === undefined) continue
    own?.release()
    own = found
    break
  }
  own ??= await take(crypto.randomUUID(), 0)
  if (own === undefined) throw new OutboxError('outbox/unavailable', 'The browser gave no lock.')
  remember(sessionStorage, key, own.box)
  return own
}

/** Resolves with the lock's release, or undefined where another tab keeps it. */
export async function lock(
  locks: LockManager,
  name: string,
  waitMs: number,
  clock: Clock,
): Promise<(() => void) | undefined> {
  const waiting = new AbortController()
  const timer = waitMs > 0 ? clock.after(waitMs, () => waiting.abort()) : undefined
  const options: LockOptions = waitMs > 0 ? { signal: waiting.signal } : { ifAvailable: true }
  try {
    return await new Promise((resolve, reject) => {
      const held = locks.request(name, options, (granted) => {
        if (granted === null) return resolve(undefined)
        return new Promise<void>((release) => resolve(() => release()))
      })
      held.catch((error: unknown) => (waiting.signal.aborted ? resolve(undefined) : reject(error)))
    })
  } catch (cause) {
    throw new OutboxError('outbox/unavailable', 'The browser gave no lock.', { cause })
  } finally {
    timer?.cancel()
  }
}

/** A page may be forbidden to remember. */
function recall(storage: Storage | undefined, key: string): string | undefined {
  try {
    return storage?.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

function remember(storage: Storage | undefined, key: string, box: string): void {
  try {
    storage?.setItem(key, box)
  } catch {
    // The next page takes what this one leaves.
  }
}
