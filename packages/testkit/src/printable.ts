const MAX_DEPTH = 8

/**
 * All that a value says, as one text: errors with their causes and details, maps, sets, bytes as text; cycles and what
 * lies deeper than eight levels are cut.
 */
export function printable(value: unknown): string {
  return JSON.stringify(plain(value, [])) ?? String(value)
}

function plain(value: unknown, above: readonly unknown[]): unknown {
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (above.includes(value)) return '[circular]'
  if (above.length >= MAX_DEPTH) return '[deep]'
  const path = [...above, value]
  const inner = (item: unknown): unknown => plain(item, path)
  if (value instanceof Error) {
    const { name, message, stack, cause } = value
    return { ...entriesOf(value, inner), name, message, stack, ...(cause === undefined ? {} : { cause: inner(cause) }) }
  }
  if (value instanceof Uint8Array) return new TextDecoder().decode(value)
  if (value instanceof Map) return [...value].map(inner)
  if (value instanceof Set) return [...value].map(inner)
  if (Array.isArray(value)) return value.map(inner)
  return entriesOf(value, inner)
}

function entriesOf(value: object, inner: (item: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item)]))
}
