import { hubHttpBase } from './endpoint.ts'

/** The resources of hub §6 and §7. */
export type HubRestRoute =
  | 'create'
  | 'list'
  | 'session'
  | 'archive'
  | 'resume'
  | 'participants'
  | 'replay'
  | 'eventHistory'
  | 'events'
  | 'loop'

/** A resource: its path below the prefix, and the methods that it takes. */
export interface HubRestResource {
  readonly path: string
  readonly methods: readonly ('GET' | 'POST' | 'PATCH' | 'DELETE')[]
}

export const HUB_REST_ROUTES: Readonly<Record<HubRestRoute, HubRestResource>> = {
  create: { path: '/session', methods: ['POST'] },
  list: { path: '/sessions', methods: ['GET'] },
  session: { path: '/session/{id}', methods: ['GET', 'PATCH', 'DELETE'] },
  archive: { path: '/session/{id}/archive', methods: ['POST'] },
  resume: { path: '/session/{id}/resume', methods: ['POST'] },
  participants: { path: '/session/{id}/participants', methods: ['GET'] },
  replay: { path: '/session/{id}/replay', methods: ['GET'] },
  eventHistory: { path: '/session/{id}/events/history', methods: ['GET'] },
  events: { path: '/session/{id}/events', methods: ['GET'] },
  loop: { path: '/session/{id}/loop', methods: ['GET'] },
}

/**
 * Resources that hubs of others have beside these: people, workspaces, skills that are kept, repositories, and the building of
 * agents. A path below one of them is known and not offered here.
 */
export const HUB_FOREIGN_RESOURCES = ['users', 'workspaces', 'skills', 'github', 'session/builder'] as const

/** Both are served: the published client uses the second. Hub §7. */
export const HUB_REST_PREFIXES = ['/api/hub', '/hub'] as const

/** A path that names a resource of the hub. `sessionId` is there where the route has one. */
export interface HubRestTarget {
  readonly route: HubRestRoute
  readonly sessionId?: string | undefined
}

/** The URL of a resource below `/api/hub`. `sessionId` fills `{id}`; empty query values are left out. */
export function hubRestUrl(
  base: string,
  target: HubRestTarget,
  query: Readonly<Record<string, string | number | boolean | undefined>> = {},
): string {
  const path = HUB_REST_ROUTES[target.route].path.replace('{id}', encodeURIComponent(target.sessionId ?? ''))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') search.set(name, `${value}`)
  const text = search.toString()
  return `${hubHttpBase(base)}${HUB_REST_PREFIXES[0]}${path}${text === '' ? '' : `?${text}`}`
}

/** What the path of a request names, under either prefix; `undefined` where it is no resource of the hub. */
export function parseHubRestPath(pathname: string): HubRestTarget | undefined {
  const prefix = HUB_REST_PREFIXES.find((candidate) => pathname.startsWith(`${candidate}/`))
  if (prefix === undefined) return undefined
  const [, kind, id, ...rest] = pathname.slice(prefix.length).replace(/\/$/, '').split('/')
  const shape = [kind, ...(id === undefined ? [] : ['{id}']), ...rest].join('/')
  const route = routeNames().find((name) => HUB_REST_ROUTES[name].path === `/${shape}`)
  if (route === undefined) return undefined
  if (id === undefined) return { route }
  const sessionId = decode(id)
  return sessionId ? { route, sessionId } : undefined
}

/** The resource of other hubs that a path belongs to, under either prefix; `undefined` where it belongs to none. */
export function foreignHubResource(pathname: string): string | undefined {
  const prefix = HUB_REST_PREFIXES.find((candidate) => pathname.startsWith(`${candidate}/`))
  if (prefix === undefined) return undefined
  const rest = `${pathname.slice(prefix.length + 1)}/`
  return HUB_FOREIGN_RESOURCES.find((name) => rest.startsWith(`${name}/`))
}

function routeNames(): readonly HubRestRoute[] {
  const isRoute = (name: string): name is HubRestRoute => name in HUB_REST_ROUTES
  return Object.keys(HUB_REST_ROUTES).filter(isRoute)
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
