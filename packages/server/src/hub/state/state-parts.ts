/** Releases the entry that was put in first. */
export function forgetOldest(memory: { keys(): IterableIterator<string>; delete(key: string): boolean }): void {
  for (const oldest of memory.keys()) {
    memory.delete(oldest)
    return
  }
}

/** Puts the entries of a map, as they are stored, into it. */
export function putAll<T>(map: Map<string, T>, entries: readonly (readonly [string, T])[] = []): void {
  for (const [key, value] of entries) map.set(key, value)
}
