import { KINDS, type Kind } from './conversation.ts'

/** The parts of the console; on a wide screen several are seen at once. */
export const VIEWS = ['sessions', 'conversation', 'shells', 'doctor', 'health'] as const

export type View = (typeof VIEWS)[number]

/** What is seen: enough to come back to it by a reload, the browser's Back, or a link. Holds no secret. */
export interface Place {
  readonly view: View
  readonly sessionId?: string | undefined
  readonly shellId?: string | undefined
  /** Kinds of entries that are not shown. */
  readonly hidden: readonly Kind[]
}

/** Where the address leads. */
export function readPlace(): Place {
  const given = new URLSearchParams(location.hash.slice(1))
  const sessionId = given.get('session') ?? undefined
  const hidden = (given.get('hide') ?? '').split('.')
  return {
    view: VIEWS.find((view) => view === given.get('view')) ?? (sessionId === undefined ? 'sessions' : 'conversation'),
    sessionId,
    shellId: given.get('shell') ?? undefined,
    hidden: KINDS.filter((kind) => hidden.includes(kind)),
  }
}

/** Writes it into the address: as a step that Back takes back, or in place of what is there. */
export function showPlace(place: Place, how: 'push' | 'replace'): void {
  const address = location.pathname + location.search + fragmentOf(place)
  if (address === location.pathname + location.search + location.hash) return
  if (how === 'push') history.pushState(null, '', address)
  else history.replaceState(null, '', address)
}

function fragmentOf({ view, sessionId, shellId, hidden }: Place): string {
  const parts = new URLSearchParams()
  if (sessionId !== undefined) parts.set('session', sessionId)
  if (view !== (sessionId === undefined ? 'sessions' : 'conversation')) parts.set('view', view)
  if (shellId !== undefined) parts.set('shell', shellId)
  if (hidden.length > 0) parts.set('hide', hidden.join('.'))
  const text = parts.toString()
  return text === '' ? '' : `#${text}`
}
