import type { IncomingMessage } from 'node:http'
import { type Logger, silentLogger } from '@holdfast/contract'
import {
  type Authenticate,
  bodyOf,
  Entrance,
  errorTable,
  type RequestEndpoint,
  type RestAnswer,
  type RestCall,
  type RestRoute,
  type RestRun,
  Router,
  type TrustedProxies,
  withBody,
} from '@holdfast/gate/internals'
import { messageBody, taskBody, taskChangeBody } from '../generated/checks.ts'
import type { MessageBody, TaskBody } from '../generated/types.ts'
import { TRACKER_SERVER_ERRORS } from './errors.ts'
import { badRequest, type Tracker } from './tracker.ts'

/** Options of {@link trackerRequests}. */
export interface TrackerRequestsOptions {
  readonly tracker: Tracker
  readonly authenticate: Authenticate
  readonly origins?: readonly string[] | undefined
  /** Whose forwarded headers are trusted. @defaultValue none */
  readonly proxies?: TrustedProxies | undefined
  /** @defaultValue 262144 */
  readonly maxBodyBytes?: number | undefined
  /** @defaultValue nothing is logged */
  readonly logger?: Logger | undefined
}

const BASE = '/api/tracker'
const MAX_BODY_BYTES = 262_144
const MAX_KEY_LENGTH = 128

/** `/api/tracker/…`: tasks, comments and chats for people and scripts. Errors are JSON. */
export function trackerRequests(options: TrackerRequestsOptions): RequestEndpoint {
  const { tracker, authenticate, origins = [], proxies, logger = silentLogger, maxBodyBytes = MAX_BODY_BYTES } = options
  const { clock } = tracker
  return new Router({
    bases: [BASE],
    alsoOwns: ({ pathname }) => pathname.startsWith(`${BASE}/`),
    routes: routesOf(tracker).map((route) => ({ ...route, scopes: ['track'] })),
    entrance: new Entrance({ authenticate, origins, proxies, clock, logger }),
    errors: errorTable({ area: 'tracker', rows: TRACKER_SERVER_ERRORS }),
    maxBodyBytes,
    logger,
  })
}

function routesOf(tracker: Tracker): readonly RestRoute[] {
  const on = (method: RestRoute['method'], path: string, run: RestRun): RestRoute => ({ method, path, run })
  const messages = (of: string): RestAnswer => ({ body: { messages: tracker.state.messages(of) } })
  const say = (
    call: RestCall,
    where: { readonly chat_id: string } | { readonly task_id: string },
    { content, mentions = [] }: MessageBody,
  ) => said(tracker, call, { ...where, content, mentions })
  return [
    on('GET', '/projects', () => ({ body: { projects: tracker.projects, lobby_chat_id: tracker.lobbyChatId } })),
    on('GET', '/agents', () => ({ body: { agents: tracker.state.agents, online: tracker.presence.online } })),
    on('GET', '/tasks', () => ({ body: { tasks: [...tracker.state.tasks.values()] } })),
    on(
      'POST',
      '/tasks',
      withBody(bodyOf(taskBody), (call, body) => createTask(tracker, call, body)),
    ),
    on('GET', '/tasks/{id}', async (call) => {
      const task = await tracker.task(idOf(call))
      return { body: { task, comments: tracker.state.messages(`task:${idOf(call)}`) } }
    }),
    on(
      'PATCH',
      '/tasks/{id}',
      withBody(bodyOf(taskChangeBody), async (call, { status }) => {
        await tracker.setStatus(call.principal.id, idOf(call), status, keyOf(call.request))
        return { body: { task: tracker.state.tasks.get(idOf(call)) } }
      }),
    ),
    on(
      'POST',
      '/tasks/{id}/comments',
      withBody(bodyOf(messageBody), async (call, body) => {
        await tracker.task(idOf(call))
        return say(call, { task_id: idOf(call) }, body)
      }),
    ),
    on('GET', '/chats/{id}/messages', (call) => messages(`chat:${idOf(call)}`)),
    on(
      'POST',
      '/chats/{id}/messages',
      withBody(bodyOf(messageBody), (call, body) => say(call, { chat_id: idOf(call) }, body)),
    ),
  ]
}

function idOf({ parameters }: RestCall): string {
  return parameters['id'] ?? ''
}

/** A key that is too long is refused, for a part of it might be another one's. */
function keyOf({ headers }: IncomingMessage): string | undefined {
  const { 'idempotency-key': key } = headers
  if (typeof key !== 'string') return undefined
  if (key !== '' && key.length <= MAX_KEY_LENGTH) return key
  throw badRequest(`Idempotency-Key: expected 1 to ${MAX_KEY_LENGTH} characters`)
}

async function createTask(tracker: Tracker, { principal, request }: RestCall, body: TaskBody): Promise<RestAnswer> {
  const { title, description, project_id, assignee } = body
  const fields = { title, description, project_id, assignee }
  return { status: 201, body: await tracker.createTask(principal.id, fields, keyOf(request)) }
}

async function said(tracker: Tracker, call: RestCall, what: Parameters<Tracker['say']>[1]): Promise<RestAnswer> {
  return { status: 201, body: await tracker.say(call.principal.id, what, { key: keyOf(call.request) }) }
}
