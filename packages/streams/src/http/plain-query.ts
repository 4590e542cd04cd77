import { StreamError } from '../errors.ts'

/** What of a query changes an answer: caches have these names in their keys, as they are written here. */
const MEANT: readonly string[] = ['after', 'cursor', 'live', 'offset']

/**
 * Refuses a query that a cache may read otherwise than we do: a name of ours in other letters, with escapes, or twice. Else one
 * reader could have an answer kept where others look for another one.
 * @throws StreamError `streams/bad_request`
 */
export function demandPlainQuery(target: string): void {
  const at = target.indexOf('?')
  if (at < 0) return
  const seen = new Set<string>()
  for (const pair of target.slice(at + 1).split(/[&#]/)) {
    const written = pair.split('=', 1)[0] ?? ''
    const name = nameIn(written)
    if (!MEANT.includes(name)) continue
    if (written !== name || seen.has(name)) throw bad(name)
    seen.add(name)
  }
}

/** As the most generous reader takes it. */
function nameIn(written: string): string {
  const [only] = new URLSearchParams(`${written}=`).keys()
  return (only ?? '').trim().toLowerCase()
}

function bad(name: string): StreamError {
  return new StreamError('streams/bad_request', `${name}: expected once, and written like this`)
}
