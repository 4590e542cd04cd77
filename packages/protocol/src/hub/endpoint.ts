import type { Decoded } from '@holdfast/contract'
import { HUB_RESUME_PARAMETERS, isHubInstance } from './resume.ts'

/** A client's parameters when it connects. Hub §1, §11. */
export interface HubConnectionParameters {
  /** Session to join; absent: the server creates one. */
  readonly sessionId?: string | undefined
  readonly role?: 'lead' | 'observer' | 'controller' | undefined
  /** Name of a sub-agent; with `parent` the server answers with role `sub_agent`. */
  readonly agent?: string | undefined
  /** Session id of the sub-agent's parent. */
  readonly parent?: string | undefined
  readonly task?: string | undefined
  readonly label?: string | undefined
  /** Event filters. */
  readonly subscribe?: readonly string[] | undefined
  readonly orgId?: string | undefined
  readonly userId?: string | undefined
  readonly origin?: 'web' | 'desktop' | 'tui' | 'sdk' | undefined
  readonly driverMode?: 'rpc' | undefined
  /** Fences stale reconnects of an RPC driver. */
  readonly driverInstanceId?: string | undefined
  readonly driverVersion?: string | undefined
  readonly coordJobId?: string | undefined
  readonly coordRole?: string | undefined
  /** A credential in the URL: only for servers that take none elsewhere. URLs are written to logs. */
  readonly apiKey?: string | undefined
  /** Asks for the resume extension. Hub §11. */
  readonly resume?: boolean | undefined
  /** With `resume`: requests its second version. Hub §11. */
  readonly v?: 2 | undefined
  /** With `v`: names the client object; {@link isHubInstance}. Hub §11. */
  readonly instance?: string | undefined
  /** With `instance`: nothing that it has sent under numbers is unsettled, so the server may begin to remember it. */
  readonly fresh?: boolean | undefined
  /** `none`: the client has no credential, and none will come. Hub §11. */
  readonly auth?: 'none' | undefined
  /** The position to resume after, as the server sent it. Opaque; an invalid one is answered with a reset. */
  readonly after?: string | undefined
  /** Asks for a hydration of the newest entries only, the rest page by page. Only with `resume`. */
  readonly paged?: boolean | undefined
}

/** Longest value of a parameter, in characters: `task` and `label` are prose, the rest are names. */
export const HUB_PARAMETER_LIMITS = { name: 1_024, prose: 65_536 } as const

type TextName = Exclude<
  keyof HubConnectionParameters,
  'subscribe' | 'resume' | 'paged' | 'apiKey' | 'role' | 'origin' | 'driverMode' | 'v' | 'instance' | 'fresh' | 'auth'
>
const TEXT_NAMES = [
  'sessionId',
  'agent',
  'parent',
  'task',
  'label',
  'orgId',
  'userId',
  'driverInstanceId',
  'driverVersion',
  'coordJobId',
  'coordRole',
] as const satisfies readonly TextName[]
const ROLES = ['lead', 'observer', 'controller'] as const
const ORIGINS = ['web', 'desktop', 'tui', 'sdk'] as const
const DRIVER_MODES = ['rpc'] as const

/**
 * The URL of the WebSocket (hub §1): `http(s)` becomes `ws(s)`, a trailing `/` is dropped, `/api/ws` appended unless
 * the base contains it. Parameters of the base are kept; empty values are left out.
 */
export function hubWebSocketUrl(base: string, parameters: HubConnectionParameters = {}): string {
  const { path, query } = splitBase(base.replace(/^http/i, 'ws'))
  const whole = path.includes('/api/ws') ? path : `${path}/api/ws`
  const search = new URLSearchParams(query)
  for (const name of TEXT_NAMES) setUnlessEmpty(search, name, parameters[name])
  setUnlessEmpty(search, 'role', parameters.role)
  setUnlessEmpty(search, 'origin', parameters.origin)
  setUnlessEmpty(search, 'driverMode', parameters.driverMode)
  setUnlessEmpty(search, 'subscribe', parameters.subscribe?.join(','))
  setUnlessEmpty(search, 'api_key', parameters.apiKey)
  setResume(search, parameters)
  if (parameters.resume && parameters.v === 2) {
    search.set(HUB_RESUME_PARAMETERS.newest, HUB_RESUME_PARAMETERS.newestVersion)
    setUnlessEmpty(search, HUB_RESUME_PARAMETERS.instance, parameters.instance)
    if (parameters.fresh) search.set(HUB_RESUME_PARAMETERS.fresh, '1')
  }
  setUnlessEmpty(search, HUB_RESUME_PARAMETERS.auth, parameters.auth)
  return withQuery(whole, search)
}

/** A client's parameters of the event stream. Hub §6, §11. */
export interface HubEventStreamParameters {
  readonly subscribe?: readonly string[] | undefined
  readonly orgId?: string | undefined
  readonly apiKey?: string | undefined
  readonly resume?: boolean | undefined
  readonly after?: string | undefined
  /** Asks for the conversation page by page: the newest entries, then the rest as `history` events. Only with `resume`. */
  readonly paged?: boolean | undefined
  /** With `paged` and a position: the pages before this event are still missing. */
  readonly before?: number | undefined
}

/** The URL of a session's event stream (hub §6). Any base that {@link hubWebSocketUrl} takes will do. */
export function hubEventStreamUrl(base: string, sessionId: string, parameters: HubEventStreamParameters = {}): string {
  const { path, query } = splitBase(base.replace(/^ws/i, 'http'))
  const search = new URLSearchParams(query)
  setUnlessEmpty(search, 'subscribe', parameters.subscribe?.join(','))
  setUnlessEmpty(search, 'org_id', parameters.orgId)
  setUnlessEmpty(search, 'api_key', parameters.apiKey)
  setResume(search, parameters)
  return withQuery(`${withoutSocketPath(path)}/api/hub/session/${encodeURIComponent(sessionId)}/events`, search)
}

/** The `http(s)` base of the hub that a WebSocket or REST base belongs to, without a trailing `/`. */
export function hubHttpBase(base: string): string {
  return withoutSocketPath(splitBase(base.replace(/^ws/i, 'http')).path)
}

/** Reads the parameters of a WebSocket request. The issue is the reason of a close with 4400; it names no values. */
export function parseHubConnectionParameters(search: string | URLSearchParams): Decoded<HubConnectionParameters> {
  const query = typeof search === 'string' ? new URLSearchParams(search) : search
  const texts: { [K in TextName]?: string } = {}
  for (const name of [...TEXT_NAMES, HUB_RESUME_PARAMETERS.after]) {
    const value = query.get(name)
    if (value === null || value === '') continue
    const limit = name === 'task' || name === 'label' ? HUB_PARAMETER_LIMITS.prose : HUB_PARAMETER_LIMITS.name
    if (value.length > limit) return refused(`${name}: at most ${limit} characters, got ${value.length}`)
    texts[name] = value
  }
  const role = choice(query, 'role', ROLES)
  const origin = choice(query, 'origin', ORIGINS)
  const driverMode = choice(query, 'driverMode', DRIVER_MODES)
  for (const { issue } of [role, origin, driverMode]) if (issue !== undefined) return refused(issue)
  const streamed = parseHubEventStreamParameters(query)
  return {
    ok: true,
    message: {
      ...texts,
      ...(role.value === undefined ? {} : { role: role.value }),
      ...(origin.value === undefined ? {} : { origin: origin.value }),
      ...(driverMode.value === undefined ? {} : { driverMode: driverMode.value }),
      ...streamed,
      ...secondVersion(query),
      ...(texts.orgId === undefined ? {} : { orgId: texts.orgId }),
    },
  }
}

/** Reads the parameters of an event stream's request. Nothing in them can be wrong. */
export function parseHubEventStreamParameters(search: string | URLSearchParams): HubEventStreamParameters {
  const query = typeof search === 'string' ? new URLSearchParams(search) : search
  const subscribe = (query.get('subscribe') ?? '').split(',').map((pattern) => pattern.trim())
  const patterns = subscribe.filter((pattern) => pattern !== '')
  const orgId = query.get('org_id')
  const apiKey = query.get('api_key')
  const after = query.get(HUB_RESUME_PARAMETERS.after)
  const before = Number(query.get(HUB_RESUME_PARAMETERS.before) ?? Number.NaN)
  return {
    ...(patterns.length === 0 ? {} : { subscribe: patterns }),
    ...(orgId ? { orgId } : {}),
    ...(apiKey ? { apiKey } : {}),
    ...(query.get(HUB_RESUME_PARAMETERS.ask) === HUB_RESUME_PARAMETERS.version ? { resume: true } : {}),
    ...(after ? { after } : {}),
    ...(query.get(HUB_RESUME_PARAMETERS.paged) === HUB_RESUME_PARAMETERS.version ? { paged: true } : {}),
    ...(Number.isSafeInteger(before) && before > 0 ? { before } : {}),
  }
}

/** What came with the second version. What is not well formed was not asked for. */
function secondVersion(query: URLSearchParams): Pick<HubConnectionParameters, 'v' | 'instance' | 'fresh' | 'auth'> {
  const { ask, version, newest, newestVersion, auth, noAuth } = HUB_RESUME_PARAMETERS
  const isAsked = query.get(ask) === version && query.get(newest) === newestVersion
  const instance = query.get(HUB_RESUME_PARAMETERS.instance)
  return {
    ...(isAsked ? { v: 2 } : {}),
    ...(isAsked && instance !== null && isHubInstance(instance) ? { instance } : {}),
    ...(isAsked && query.get(HUB_RESUME_PARAMETERS.fresh) === '1' ? { fresh: true } : {}),
    ...(query.get(auth) === noAuth ? { auth: 'none' } : {}),
  }
}

function choice<T extends string>(
  query: URLSearchParams,
  name: string,
  values: readonly T[],
): { readonly value?: T | undefined; readonly issue?: string | undefined } {
  const given = query.get(name)
  if (given === null || given === '') return {}
  const value = values.find((candidate) => candidate === given)
  return value === undefined ? { issue: `${name}: expected ${values.join('|')}, got another value` } : { value }
}

function refused(issue: string): Decoded<never> {
  return { ok: false, issue, raw: undefined }
}

function splitBase(base: string): { readonly path: string; readonly query: string } {
  const [beforeHash = ''] = base.split('#', 1)
  const mark = beforeHash.indexOf('?')
  const path = mark < 0 ? beforeHash : beforeHash.slice(0, mark)
  return { path: path.replace(/\/+$/, ''), query: mark < 0 ? '' : beforeHash.slice(mark + 1) }
}

function withoutSocketPath(path: string): string {
  const at = path.indexOf('/api/ws')
  return at < 0 ? path : path.slice(0, at)
}

function withQuery(path: string, search: URLSearchParams): string {
  const query = search.toString()
  return query === '' ? path : `${path}?${query}`
}

function setUnlessEmpty(search: URLSearchParams, name: string, value: string | undefined): void {
  if (value !== undefined && value !== '') search.set(name, value)
}

function setResume(search: URLSearchParams, parameters: HubEventStreamParameters): void {
  if (parameters.resume) search.set(HUB_RESUME_PARAMETERS.ask, HUB_RESUME_PARAMETERS.version)
  setUnlessEmpty(search, HUB_RESUME_PARAMETERS.after, parameters.after)
  if (parameters.paged) search.set(HUB_RESUME_PARAMETERS.paged, HUB_RESUME_PARAMETERS.version)
  setUnlessEmpty(search, HUB_RESUME_PARAMETERS.before, parameters.before?.toString())
}
