/** Lets go of the entry that was put in first. */
export function forgetOldest(memory: { keys(): IterableIterator<string>; delete(key: string): boolean }): void {
  for (const oldest of memory.keys()) {
    memory.delete(oldest)
    return
  }
}

/** The texts in a part of a stored snapshot. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** The numbers in a part of a stored snapshot. */
export function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'number') : []
}

/** The named members in a part of a stored snapshot, whose names somebody else chose. */
export function pairs(value: unknown): [string, unknown][] {
  if (!Array.isArray(value)) return []
  return value.flatMap((pair: unknown): [string, unknown][] => {
    const [key, item]: unknown[] = Array.isArray(pair) ? pair : []
    return typeof key === 'string' ? [[key, item]] : []
  })
}

/** Puts the numbers among them into a map. */
export function restoreNumbers(value: unknown, map: Map<string, number>): void {
  for (const [key, n] of pairs(value)) if (typeof n === 'number') map.set(key, n)
}
