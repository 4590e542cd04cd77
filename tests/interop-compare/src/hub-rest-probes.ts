import { APIClient, createMinimalLogger } from '@agentuity/core'
import { freePort } from '../../e2e/support/free-port.ts'
import type { Probe } from './compare.ts'
import type { Coder, RestClient } from './hub-module.ts'
import { fact } from './hub-module.ts'
import { webServer } from './servers.ts'

const probes: Probe<Coder>[] = []
const probe = (name: string, run: (coder: Coder) => Promise<unknown>): void => void probes.push({ name, run })

const SESSION = {
  sessionId: 's/1',
  label: 'one',
  status: 'active',
  mode: 'sandbox',
  workflowMode: 'standard',
  visibility: 'private',
  bucket: 'paused',
  createdAt: '2026-01-01T00:00:00.000Z',
  taskCount: 0,
  subAgentCount: 0,
  observerCount: 0,
  participantCount: 0,
  tags: [],
  skills: [],
  enabledAgents: [],
  lastActivityAt: '2026-01-01T00:00:00.000Z',
  runtimeAvailable: false,
  controlAvailable: true,
  wakeAvailable: true,
  historyOnly: false,
  liveExpected: true,
}
const ANSWERS: Readonly<Record<string, object>> = {
  'POST /api/hub/session': { sessionId: 's/1', status: 'active', mode: 'tui', visibility: 'private' },
  'GET /api/hub/sessions': { sessions: { websocket: [SESSION], sandbox: [] }, total: 1 },
  'GET /api/hub/session/s%2F1': SESSION,
  'PATCH /api/hub/session/s%2F1': { ...SESSION, label: 'two' },
  'DELETE /api/hub/session/s%2F1': { sessionId: 's/1', status: 'deleted' },
  'POST /api/hub/session/s%2F1/archive': { sessionId: 's/1', status: 'archived' },
  'POST /api/hub/session/s%2F1/resume': { sessionId: 's/1', status: 'active' },
  'GET /api/hub/session/s%2F1/participants': { sessionId: 's/1', participants: [] },
  'GET /api/hub/session/s%2F1/replay': { sessionId: 's/1', entriesSource: 'log', entries: [] },
  'GET /api/hub/session/s%2F1/events/history': { sessionId: 's/1', events: [], total: 0 },
}

/** A hub over HTTP that keeps what it was asked. */
async function restHub(answers: Readonly<Record<string, object>> = ANSWERS, status: number = 200) {
  const asked: unknown[] = []
  const server = await webServer((response, hit, request) => {
    request.on('end', () => {
      const { url, headers, body } = server.hits[hit] ?? {}
      const sent = body?.() ?? ''
      const { authorization, 'x-agentuity-orgid': org } = headers ?? {}
      const query = Object.fromEntries(url?.searchParams ?? [])
      const path = `${request.method} ${url?.pathname}`
      asked.push([path, query, sent === '' ? null : JSON.parse(sent), authorization ?? null, org ?? null])
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answers[path] ?? { success: false }))
    })
  })
  return { server, asked }
}

const calls: Readonly<Record<string, (client: RestClient) => Promise<unknown>>> = {
  createSession: (client) => client.createSession({ task: 'a task', label: 'one', tags: ['t'] }),
  getSession: (client) => client.getSession('s/1'),
  updateSession: (client) => client.updateSession('s/1', { label: 'two' }),
  listSessions: (client) => client.listSessions({ search: 'x', includeArchived: true, limit: 5, offset: 2 }),
  listConnectableSessions: (client) => client.listConnectableSessions({ search: 'x', limit: 5 }),
  deleteSession: (client) => client.deleteSession('s/1'),
  archiveSession: (client) => client.archiveSession('s/1'),
  resumeSession: (client) => client.resumeSession('s/1'),
  prepareSessionForRemoteAttach: (client) =>
    client.prepareSessionForRemoteAttach('s/1', { timeoutMs: 60, pollIntervalMs: 40 }),
  getReplay: (client) => client.getReplay('s/1', { limit: 3 }),
  listParticipants: (client) => client.listParticipants('s/1'),
  listEventHistory: (client) => client.listEventHistory('s/1', { limit: 3, offset: 1 }),
}
for (const [name, call] of Object.entries(calls)) {
  probe(`rest-${name}`, async (coder) => {
    const { server, asked } = await restHub()
    const client = new coder.CoderClient({ url: `${server.url}/`, apiKey: 'K', orgId: 'O' })
    const answer = await call(client)
    server.stop()
    // Members are compared, and not their order.
    return { asked: asked.slice(0, 3), answer: sorted(answer) }
  })
}

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort()
      .map(([name, member]) => [name, sorted(member)]),
  )
}

for (const status of [401, 404, 409]) {
  probe(`rest-http-${status}`, async (coder) => {
    const answer = { success: false, message: 'no', error: 'as told' }
    const { server } = await restHub({ 'GET /api/hub/session/s%2F1': answer }, status)
    const client = new coder.CoderClient({ url: server.url, apiKey: 'K' })
    const error = await client.getSession('s/1').catch((caught: unknown) => caught)
    server.stop()
    const url = String(fact(error, 'url')).replace(server.url, '')
    return [fact(error, 'name'), fact(error, '_tag'), fact(error, 'status'), url]
  })
}
probe('rest-unreadable', async (coder) => {
  const { server } = await restHub({ 'GET /api/hub/session/s%2F1': { sessionId: 7 } })
  const error = await new coder.CoderClient({ url: server.url, apiKey: 'K' })
    .getSession('s/1')
    .catch((caught: unknown) => caught)
  server.stop()
  return [fact(error, 'name'), fact(error, '_tag'), fact(error, 'url')]
})
probe('rest-functions', async (coder) => {
  const { server, asked } = await restHub()
  const client = new APIClient(`${server.url}/api`, createMinimalLogger(), 'K')
  const answer = await coder.coderListSessions(client, { limit: 5 })
  server.stop()
  return { asked, answer: sorted(answer) }
})
probe('rest-discoverUrl', async (coder) => {
  const { server } = await restHub({ 'GET /coder': { url: 'https://hub.example/' } })
  const url = await coder.discoverUrl(new APIClient(server.url, createMinimalLogger(), 'K'))
  server.stop()
  return url
})
probe('rest-getUrl', async (coder) => {
  const url = `http://127.0.0.1:${await freePort()}/`
  const isSame = (await new coder.CoderClient({ url }).getUrl()) === url.slice(0, -1)
  return isSame
})
probe('rest-helpers', async (coder) => {
  const thrown = ['CODER_SESSION_NOT_FOUND', 'CODER_SESSION_ARCHIVED', 'CODER_SESSION_CONFLICT', 'other'].map(
    (code) => {
      try {
        return coder.throwCoderError({ code, message: 'm' }, { sessionId: 's' })
      } catch (error) {
        return ['name', '_tag', 'message', 'coderSessionId', 'code'].map((name) => fact(error, name) ?? null)
      }
    },
  )
  const words = ['org', ' Collab ', 'private'].map((word) => coder.normalizeVisibility(word))
  return [
    thrown,
    words,
    coder.normalizeCoderUrl('https://hub/'),
    [...coder.CoderHubEventNames].sort(),
    coder.CoderHubEvents,
  ]
})

export const restProbes: readonly Probe<Coder>[] = probes
