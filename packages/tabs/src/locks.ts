/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Takes a lock, and resolves when it is held, or is wanted no more. Held until the signal is aborted, or the page is gone. */
export function hold(locks: LockManager, name: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    locks
      .request(name, { signal }, () => {
        resolve()
        return aborted(signal)
      })
      .catch((error: unknown) => (signal.aborted ? resolve() : reject(error)))
  })
}

/** Resolves when it is free. Never, once the signal is aborted. */
export function whenFree(locks: LockManager, name: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    locks.request(name, { mode: 'shared', signal }, () => resolve()).catch(() => {})
  })
}

/** Names of locks that are held and begin so, without that. */
export async function heldAfter(locks: LockManager, prefix: string): Promise<readonly string[]> {
  const { held = [] } = await locks.query()
  return held.flatMap(({ name = '' }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []))
}
