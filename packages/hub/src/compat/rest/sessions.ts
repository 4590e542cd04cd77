import type { Decoded } from '@holdfast/core'
import {
  type HubCreateSessionBody,
  type HubEventHistory,
  type HubLifecycleAnswer,
  type HubParticipantList,
  type HubReplay,
  type HubSessionCreated,
  type HubSessionSummary,
  type HubUpdateSessionBody,
  parseHubRest,
} from '@holdfast/protocol/hub/rest'
import { type CoderHttp, schemaOf } from './http.ts'

/** The session. `orgId` is accepted, and sent in the client's own header. */
export interface CoderSessionIdParams {
  readonly sessionId: string
  readonly orgId?: string | undefined
}

/** Which part of a session's data. */
export interface CoderSessionDataParams extends CoderSessionIdParams {
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

export interface CoderListSessionsParams {
  readonly search?: string | undefined
  readonly includeArchived?: boolean | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  readonly orgId?: string | undefined
}

/** Sessions, as the published client lists them. */
export interface CoderSessionListResponse {
  readonly sessions: readonly HubSessionSummary[]
  readonly total: number
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

/** Files travel as base64, as the published client sends them. */
export async function coderCreateSession(
  client: CoderHttp,
  { body }: { readonly body: HubCreateSessionBody; readonly orgId?: string | undefined },
): Promise<HubSessionCreated> {
  return client.post('/hub/session', withFiles(body), schemaOf(parseHubRest.sessionCreated))
}

export async function coderGetSession(client: CoderHttp, params: CoderSessionIdParams): Promise<HubSessionSummary> {
  return client.get(pathOf(params.sessionId), schemaOf(parseHubRest.session))
}

export async function coderUpdateSession(
  client: CoderHttp,
  { sessionId, body }: CoderSessionIdParams & { readonly body: HubUpdateSessionBody },
): Promise<HubSessionSummary> {
  return client.patch(pathOf(sessionId), body, schemaOf(parseHubRest.session))
}

export async function coderListSessions(
  client: CoderHttp,
  params: CoderListSessionsParams = {},
): Promise<CoderSessionListResponse> {
  const { search, includeArchived, limit, offset } = params
  const path = `/hub/sessions${queryOf({ search, includeArchived, limit, offset })}`
  const { sessions, total } = await client.get(path, schemaOf(parseHubRest.sessionList))
  return { sessions: sessions.websocket, total }
}

/** Sessions in a sandbox that runs or can be woken. */
export async function coderListConnectableSessions(
  client: CoderHttp,
  params: Omit<CoderListSessionsParams, 'includeArchived'> = {},
): Promise<CoderSessionListResponse> {
  const { sessions } = await coderListSessions(client, { search: params.search, includeArchived: true })
  const connectable = sessions.filter(isConnectable)
  const offset = Math.max(0, params.offset ?? 0)
  const limit = Math.max(0, params.limit ?? connectable.length)
  return {
    sessions: connectable.slice(offset, offset + limit),
    total: connectable.length,
    ...(params.limit === undefined ? {} : { limit }),
    ...(params.offset === undefined ? {} : { offset }),
  }
}

export async function coderDeleteSession(client: CoderHttp, { sessionId }: CoderSessionIdParams): Promise<void> {
  await client.delete(pathOf(sessionId))
}

export async function coderArchiveSession(
  client: CoderHttp,
  { sessionId }: CoderSessionIdParams,
): Promise<HubLifecycleAnswer> {
  return client.post(`${pathOf(sessionId)}/archive`, undefined, schemaOf(parseHubRest.lifecycle))
}

export async function coderResumeSession(
  client: CoderHttp,
  { sessionId }: CoderSessionIdParams,
): Promise<HubLifecycleAnswer> {
  return client.post(`${pathOf(sessionId)}/resume`, undefined, schemaOf(parseHubRest.lifecycle))
}

export async function coderGetReplay(client: CoderHttp, params: CoderSessionDataParams): Promise<HubReplay> {
  return data(client, 'replay', params, parseHubRest.replay)
}

export async function coderListParticipants(
  client: CoderHttp,
  params: CoderSessionDataParams,
): Promise<HubParticipantList> {
  return data(client, 'participants', params, parseHubRest.participantList)
}

export async function coderListEventHistory(
  client: CoderHttp,
  params: CoderSessionDataParams,
): Promise<HubEventHistory> {
  return data(client, 'events/history', params, parseHubRest.eventHistory)
}

function data<Answer>(
  client: CoderHttp,
  name: string,
  { sessionId, limit, offset }: CoderSessionDataParams,
  read: (body: unknown) => Decoded<Answer>,
): Promise<Answer> {
  return client.get(`${pathOf(sessionId)}/${name}${queryOf({ limit, offset })}`, schemaOf(read))
}

function pathOf(sessionId: string): string {
  return `/hub/session/${encodeURIComponent(sessionId)}`
}

function queryOf(values: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && value !== '') query.set(name, String(value))
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

function isConnectable({ mode, historyOnly, bucket, runtimeAvailable, wakeAvailable }: HubSessionSummary): boolean {
  if (mode !== 'sandbox' || historyOnly === true) return false
  return bucket === 'running' || (bucket === 'paused' && (runtimeAvailable === true || wakeAvailable === true))
}

/** What may carry files. */
interface Attached {
  readonly files: unknown
  readonly command: unknown
}

/** Other members pass as they are. */
function withFiles(body: HubCreateSessionBody): object {
  const { files, command, ...rest }: HubCreateSessionBody & Partial<Attached> = body
  return {
    ...rest,
    ...(files === undefined ? {} : { files: encoded(files) }),
    ...(command === undefined ? {} : { command: encodedCommand(command) }),
  }
}

function encodedCommand(command: unknown): unknown {
  if (typeof command !== 'object' || command === null || !('files' in command)) return command
  return { ...command, files: encoded(command.files) }
}

function encoded(files: unknown): unknown {
  if (!Array.isArray(files)) return files
  return files.map((file: unknown) => {
    if (typeof file !== 'object' || file === null || !('content' in file)) return file
    return { ...file, content: base64(file.content) }
  })
}

function base64(content: unknown): unknown {
  if (typeof content !== 'string' && !(content instanceof Uint8Array)) return content
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}
