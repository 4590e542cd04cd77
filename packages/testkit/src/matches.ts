/** What a received message must look like. A function is asked; members and items may be patterns themselves. */
export type Pattern =
  | null
  | undefined
  | boolean
  | number
  | string
  | Uint8Array
  | ((value: unknown) => boolean)
  | readonly Pattern[]
  | { readonly [member: string]: Pattern }

/** What is known of a message that matches `P`: its members, and of those that a type guard accepted their type. */
export type Matched<P> = P extends (value: unknown) => value is infer Value
  ? Value
  : P extends (value: unknown) => boolean
    ? unknown
    : P extends null | undefined | boolean | number | string | Uint8Array
      ? P
      : { readonly [Member in keyof P]: Matched<P[Member]> }

/** True where an object has at least the pattern's members, an array exactly its items, and anything else is equal. */
export function matches(value: unknown, pattern: Pattern): boolean {
  if (typeof pattern === 'function') return pattern(value)
  if (typeof pattern !== 'object' || pattern === null) return Object.is(value, pattern)
  if (pattern instanceof Uint8Array) {
    return value instanceof Uint8Array && sameItems(value, pattern, (a, b) => a === b)
  }
  if (isList(pattern)) return Array.isArray(value) && sameItems(value, pattern, matches)
  if (typeof value !== 'object' || value === null) return false
  const members = new Map<string, unknown>(Object.entries(value))
  return Object.entries(pattern).every(([name, wanted]) => matches(members.get(name), wanted))
}

function isList(pattern: object): pattern is readonly Pattern[] {
  return Array.isArray(pattern)
}

function sameItems<A, B>(value: ArrayLike<A>, pattern: ArrayLike<B>, same: (a: A, b: B) => boolean): boolean {
  if (value.length !== pattern.length) return false
  const items = Array.from(value)
  return Array.from(pattern).every((wanted, at) => items.slice(at, at + 1).some((item) => same(item, wanted)))
}
