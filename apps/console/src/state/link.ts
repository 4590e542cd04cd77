import { type Place, readPlace, showPlace } from './place.ts'

/** The switchboard of a demonstration on this machine. */
export interface DemoLink {
  readonly port: number
  readonly token: string
}

/** What the page was opened with. */
export interface PageLink {
  readonly token: string | undefined
  readonly place: Place
  /** A shared shell. */
  readonly shared: SharedShell | undefined
  readonly demo: DemoLink | undefined
}

/** A shell that a link leads to: to watch, or to write to as well. */
export interface SharedShell {
  readonly shellId: string
  readonly observes: boolean
}

const TOKEN = 'holdfast.token'
const DEMO = 'holdfast.demo'
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/**
 * Reads `#token=…&session=…`, and `share=watch` or `share=write` where it leads to a shell of another person. Secrets move into the tab's storage and out of the address: a fragment is never sent,
 * but it would stay in the history and in bookmarks.
 */
export function readLink(): PageLink {
  const given = new URLSearchParams(location.hash.slice(1))
  keep(TOKEN, given.get('token'))
  keep(DEMO, given.get('demo'))
  const place = readPlace()
  showPlace(place, 'replace')
  const { shellId } = place
  const share = given.get('share')
  const shared = shellId === undefined || share === null ? undefined : { shellId, observes: share !== 'write' }
  return { token: sessionStorage.getItem(TOKEN) ?? undefined, place, shared, demo: readDemo() }
}

/** Keeps a token for this tab; undefined forgets it. */
export function keepToken(token: string | undefined): void {
  if (token === undefined) sessionStorage.removeItem(TOKEN)
  else sessionStorage.setItem(TOKEN, token)
}

function keep(name: string, value: string | null): void {
  if (value !== null && value !== '') sessionStorage.setItem(name, value)
}

/** Only a page of this machine has one, and it can only be on this machine. */
function readDemo(): DemoLink | undefined {
  const [port, token] = sessionStorage.getItem(DEMO)?.split('.', 2) ?? []
  if (!LOOPBACK.has(location.hostname) || token === undefined || !/^\d{1,5}$/.test(port ?? '')) return undefined
  return { port: Number(port), token }
}
