/** Where the tracker listens. Tracker §1. */
export interface TrackerEndpoint {
  readonly trackerUrl?: string | undefined
  /** Used as it is, where given. */
  readonly wsUrl?: string | undefined
}

/**
 * The WebSocket URL (tracker §1): `wsUrl` where given; a `ws(s)` base as it is; else the base with `http` made `ws`,
 * a trailing `/` dropped and `/ws` appended. `undefined` where neither is given.
 */
export function trackerWebSocketUrl(endpoint: TrackerEndpoint): string | undefined {
  if (endpoint.wsUrl) return endpoint.wsUrl
  if (!endpoint.trackerUrl) return undefined
  if (/^wss?:\/\//i.test(endpoint.trackerUrl)) return endpoint.trackerUrl
  return `${endpoint.trackerUrl.replace(/^http/i, 'ws').replace(/\/+$/, '')}/ws`
}
