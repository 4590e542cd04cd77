import type { IncomingMessage, ServerResponse } from 'node:http'
import { HoldfastError, type Logger, silentLogger, systemClock } from '@holdfast/contract'
import {
  type Authenticate,
  Entrance,
  hasScope,
  type Principal,
  type RequestEndpoint,
  requestUrl,
  sendJson,
  type TrustedProxies,
} from '@holdfast/gate/internals'
import { badRequest, notFound, type Tracker } from './tracker.ts'

/** Options of {@link trackerRequests}. */
export interface TrackerRequestsOptions {
  readonly tracker: Tracker
  readonly authenticate: Authenticate
  readonly origins?: readonly string[] | undefined
  /** Whose forwarded headers are believed. @defaultValue nobody's */
  readonly proxies?: TrustedProxies | undefined
  /** @defaultValue 262144 */
  readonly maxBodyBytes?: number | undefined
  /** @defaultValue nothing is logged */
  readonly logger?: Logger | undefined
}

const BASE = '/api/tracker/'
const MAX_BODY_BYTES = 262_144
const MAX_KEY_LENGTH = 128

const STATUS: Readonly<Record<string, number>> = {
  'tracker/bad_request': 400,
  'tracker/unauthorized': 401,
  'tracker/forbidden': 403,
  'tracker/not_found': 404,
  'tracker/method_not_allowed': 405,
  'tracker/too_large': 413,
  'tracker/rate_limited': 429,
  'tracker/unavailable': 503,
}

/** Codes that all endpoints share, in the tracker's words. */
const OF_THE_DOORS: Readonly<Record<string, string>> = {
  'server/forbidden': 'tracker/forbidden',
  'server/rate_limited': 'tracker/rate_limited',
}

/** What a route is given. */
interface Call {
  readonly tracker: Tracker
  readonly principal: Principal
  readonly id: string
  readonly body: Readonly<Record<string, unknown>>
  /** From `Idempotency-Key`: the same again has no second effect. */
  readonly key: string | undefined
}

interface Answer {
  readonly status: number
  readonly body: object
}

const ROUTES: readonly (readonly [method: string, path: RegExp, (call: Call) => Answer | Promise<Answer>])[] = [
  ['GET', /^projects$/, ({ tracker }) => ok({ projects: tracker.projects, lobby_chat_id: tracker.lobbyChatId })],
  ['GET', /^agents$/, ({ tracker }) => ok({ agents: tracker.state.agents, online: tracker.presence.online })],
  ['GET', /^tasks$/, ({ tracker }) => ok({ tasks: [...tracker.state.tasks.values()] })],
  ['POST', /^tasks$/, createTask],
  ['GET', /^tasks\/([^/]+)$/, readTask],
  ['PATCH', /^tasks\/([^/]+)$/, changeTask],
  ['POST', /^tasks\/([^/]+)\/comments$/, comment],
  ['GET', /^chats\/([^/]+)\/messages$/, ({ tracker, id }) => ok({ messages: tracker.state.messages(`chat:${id}`) })],
  ['POST', /^chats\/([^/]+)\/messages$/, post],
]

/** `/api/tracker/…`: tasks, comments and chats for people and scripts. Errors are JSON. */
export function trackerRequests(options: TrackerRequestsOptions): RequestEndpoint {
  const { authenticate, origins = [], proxies, logger = silentLogger } = options
  const entrance = new Entrance({ authenticate, origins, proxies, clock: systemClock, logger })
  return {
    handles: (request) => requestUrl(request)?.pathname.startsWith(BASE) ?? false,
    handle(request, response) {
      answer(options, entrance, request).then(
        ({ status, body }) => write(response, status, body),
        (error: unknown) => {
          const known =
            error instanceof HoldfastError ? error : new HoldfastError('tracker/internal', 'The tracker failed.')
          const code = OF_THE_DOORS[known.code] ?? known.code
          if (code === 'tracker/rate_limited') response.setHeader('retry-after', '1')
          write(response, STATUS[code] ?? 500, { error: { code, message: known.message } })
        },
      )
    },
  }
}

async function answer(options: TrackerRequestsOptions, entrance: Entrance, request: IncomingMessage): Promise<Answer> {
  const { tracker, maxBodyBytes = MAX_BODY_BYTES } = options
  entrance.demandOrigin(request)
  const path = requestUrl(request)?.pathname.slice(BASE.length) ?? ''
  const fitting = ROUTES.filter(([, pattern]) => pattern.test(path))
  if (fitting.length === 0) throw notFound('There is nothing here.')
  const route = fitting.find(([method]) => method === request.method)
  if (route === undefined) throw new HoldfastError('tracker/method_not_allowed', 'The path takes other methods.')
  const principal = await entrance.identify(request)
  if (principal === undefined) throw new HoldfastError('tracker/unauthorized', 'Credentials are missing or wrong.')
  if (!hasScope(principal, 'track')) throw new HoldfastError('tracker/forbidden', 'This needs the scope track.')
  const [, pattern, run] = route
  const body = request.method === 'GET' ? {} : await readBody(request, maxBodyBytes)
  const key = keyOf(request)
  const id = decode(pattern.exec(path)?.[1] ?? '')
  return run({ tracker, principal, id, body, key })
}

/** A key that is too long is refused, for a part of it might be another one's. */
function keyOf({ headers }: IncomingMessage): string | undefined {
  const { 'idempotency-key': key } = headers
  if (typeof key !== 'string') return undefined
  if (key !== '' && key.length <= MAX_KEY_LENGTH) return key
  throw badRequest(`Idempotency-Key: expected 1 to ${MAX_KEY_LENGTH} characters`)
}

async function createTask({ tracker, principal, body, key }: Call): Promise<Answer> {
  const wish = {
    title: text(body, 'title'),
    description: maybeText(body, 'description'),
    project_id: maybeText(body, 'project_id'),
    assignee: maybeText(body, 'assignee'),
  }
  return { status: 201, body: await tracker.createTask(principal.id, wish, key) }
}

async function readTask({ tracker, id }: Call): Promise<Answer> {
  const task = await tracker.task(id)
  return ok({ task, comments: tracker.state.messages(`task:${id}`) })
}

async function changeTask({ tracker, principal, id, body, key }: Call): Promise<Answer> {
  await tracker.setStatus(principal.id, id, text(body, 'status'), key)
  return ok({ task: tracker.state.tasks.get(id) })
}

async function comment(call: Call): Promise<Answer> {
  const { tracker, principal, id, body, key } = call
  await tracker.task(id)
  const what = { task_id: id, content: text(body, 'content'), mentions: texts(body, 'mentions') }
  return { status: 201, body: await tracker.say(principal.id, what, { key }) }
}

async function post({ tracker, principal, id, body, key }: Call): Promise<Answer> {
  const what = { chat_id: id, content: text(body, 'content'), mentions: texts(body, 'mentions') }
  return { status: 201, body: await tracker.say(principal.id, what, { key }) }
}

function ok(body: object): Answer {
  return { status: 200, body }
}

function text(body: Call['body'], name: string): string {
  const value = maybeText(body, name)
  if (value === undefined || value === '') throw badRequest(`${name}: expected a text that is not empty`)
  return value
}

function maybeText(body: Call['body'], name: string): string | undefined {
  const value = body[name]
  if (value === undefined || typeof value === 'string') return value
  throw badRequest(`${name}: expected a text`)
}

function texts(body: Call['body'], name: string): readonly string[] {
  const value = body[name] ?? []
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw badRequest(`${name}: expected a list of texts`)
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Call['body']> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > maxBytes) throw new HoldfastError('tracker/too_large', `At most ${maxBytes} bytes.`)
    chunks.push(bytes)
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {}
  throw badRequest('Expected a JSON object.')
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw badRequest('The path cannot be read.')
  }
}

function write(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent || response.destroyed) return
  sendJson(response, status, body)
}
