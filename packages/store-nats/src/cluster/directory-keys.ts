/** Keys of the two buckets. Names of nodes and keys of entries may be any text; buckets take few characters. */
export function nodeKey(node: string): string {
  return `n.${encode(node)}`
}

/** All entries that one run of a node published. */
export function lifePrefix(node: string, life: string): string {
  return `e.${encode(node)}.${life}`
}

export function entryKey(node: string, life: string, key: string): string {
  return `${lifePrefix(node, life)}.${encode(key)}`
}

export function claimKey(key: string): string {
  return `c.${encode(key)}`
}

export const SECRET_KEY = 'secret'

/** What an entry's key says; undefined for every other key of the bucket. */
export function partsOf(
  key: string,
): { readonly node: string; readonly life: string; readonly key: string } | undefined {
  const [kind, node, life, name] = key.split('.')
  if (kind !== 'e' || node === undefined || life === undefined || name === undefined) return undefined
  return { node: decode(node), life, key: decode(name) }
}

/** The node of a lease's key. */
export function nodeOf(key: string): string | undefined {
  const [kind, node] = key.split('.')
  return kind === 'n' && node !== undefined ? decode(node) : undefined
}

/** In front, since an empty text is no token. */
function encode(text: string): string {
  return `-${Buffer.from(text).toString('base64url')}`
}

function decode(token: string): string {
  return Buffer.from(token.slice(1), 'base64url').toString()
}
