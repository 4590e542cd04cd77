/** The parameters of the subscribe URL. Sessions §1. */
export interface SessionsSubscription {
  readonly sessionId: string
  readonly organizationId?: string | undefined
  /** An extension: replays what arrived after this position. Opaque; left out where there is none. */
  readonly after?: string | undefined
}

/** Value of the `anthropic-version` header. Sessions §1. */
export const SESSIONS_VERSION = '2023-06-01'

const PATH = /^\/v1\/sessions\/ws\/([^/]+)\/subscribe\/?$/

/** The URL to subscribe at (sessions §1). `base` may be `ws(s)` or `http(s)`, with or without a trailing `/`. */
export function sessionsSubscribeUrl(base: string, subscription: SessionsSubscription): string {
  const root = base.replace(/^http/i, 'ws').replace(/\/+$/, '')
  const search = new URLSearchParams()
  if (subscription.organizationId) search.set('organization_uuid', subscription.organizationId)
  if (subscription.after) search.set('after', subscription.after)
  const query = search.toString()
  return `${root}/v1/sessions/ws/${encodeURIComponent(subscription.sessionId)}/subscribe${query === '' ? '' : `?${query}`}`
}

/** Request headers that authenticate, where they can be set. Sessions §1. */
export function sessionsHeaders(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}`, 'anthropic-version': SESSIONS_VERSION }
}

/** Reads a request's path and query; `undefined` where it is not the subscribe endpoint. */
export function parseSessionsSubscribeUrl(
  pathname: string,
  search: string | URLSearchParams = '',
): SessionsSubscription | undefined {
  const sessionId = decode(PATH.exec(pathname)?.[1])
  if (!sessionId) return undefined
  const query = typeof search === 'string' ? new URLSearchParams(search) : search
  const organizationId = query.get('organization_uuid')
  const after = query.get('after')
  return { sessionId, ...(organizationId ? { organizationId } : {}), ...(after ? { after } : {}) }
}

function decode(segment: string | undefined): string | undefined {
  try {
    return segment === undefined ? undefined : decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
