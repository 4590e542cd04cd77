import {
  CoderClient,
  CoderHubWebSocketClient,
  CoderSessionListItemSchema,
  CoderSessionSchema,
} from '@agentuity/core/coder'
import { HUB_FOREIGN_RESOURCES } from '@holdfast/protocol/hub'
import { tokenAuthenticate } from '@holdfast/server'
import { expect, it, onTestFinished } from 'vitest'
import { startHub } from './support.ts'

const authenticate = tokenAuthenticate([{ secret: 'key', principal: 'somebody' }])

async function published(): Promise<{ readonly api: CoderClient; readonly url: string }> {
  const { url } = await startHub({ authenticate })
  return { api: new CoderClient({ apiKey: 'key', url, orgId: 'org' }), url }
}

it('the published REST client makes, finds, changes and reads sessions', async () => {
  const { api, url } = await published()
  const { sessionId } = await api.createSession({ task: 'do it', label: 'one', tags: ['a'], visibility: 'private' })
  await api.createSession({
    task: 'another',
    label: 'two',
    workflowMode: 'loop',
    loop: { goal: 'all green', maxIterations: 3 },
  })
  expect(await api.getSession(sessionId)).toMatchObject({ label: 'one', task: 'do it', workflowMode: 'standard' })
  expect(await api.updateSession(sessionId, { label: 'renamed', tags: ['b'] })).toMatchObject({ label: 'renamed' })
  expect(await api.listSessions()).toMatchObject({ total: 2, sessions: [{ label: 'two' }, { label: 'renamed' }] })
  expect(await api.listSessions({ search: 'RENAM' })).toMatchObject({ total: 1, sessions: [{ sessionId }] })
  expect(await api.listSessions({ limit: 1, offset: 1 })).toMatchObject({ total: 2, sessions: [{ sessionId }] })
  expect(await api.listConnectableSessions()).toMatchObject({ sessions: [] })
  expect(await api.prepareSessionForRemoteAttach(sessionId)).toMatchObject({ runtimeAvailable: false })
  expect(await api.getReplay(sessionId)).toMatchObject({ sessionId, entries: [] })
  expect(await api.listParticipants(sessionId)).toMatchObject({ sessionId, participants: [] })
  expect(await api.listEventHistory(sessionId, { limit: 5, offset: 0 })).toMatchObject({ sessionId })
  expect(await api.archiveSession(sessionId)).toMatchObject({ status: 'archived' })
  expect(await api.getSession(sessionId)).toMatchObject({ bucket: 'history', historyOnly: true })
  expect(await api.listSessions({ includeArchived: false })).toMatchObject({ total: 1 })
  expect(await api.resumeSession(sessionId)).toMatchObject({ status: 'active' })
  await api.deleteSession(sessionId)
  await expect(api.getSession(sessionId)).rejects.toMatchObject({ status: 404 })
  const headers = { authorization: 'Bearer key' }
  const answer = await fetch(`${url}/hub/session/${sessionId}`, { headers })
  expect(await answer.json()).toMatchObject({ code: 'CODER_SESSION_NOT_FOUND', error: { code: 'hub/not_found' } })
})

it('a session that somebody leads is one that the published schemas know, with its loop as its lead tells it', async () => {
  const { api, url } = await published()
  const { sessionId } = await api.createSession({ task: 'rounds', workflowMode: 'loop', loop: { goal: 'all green' } })
  expect(await api.getLoopState(sessionId)).toMatchObject({
    workflowMode: 'loop',
    loop: { status: 'idle', iteration: 0, goal: 'all green' },
  })
  const lead = new CoderHubWebSocketClient({ url, apiKey: 'key', orgId: 'org', role: 'lead', sessionId })
  onTestFinished(() => lead.close())
  lead.connect()
  await expect.poll(async () => (await api.getSession(sessionId)).runtimeAvailable, { timeout: 10_000 }).toBe(true)
  lead.send({ id: 'e1', type: 'event', event: 'loop_started', data: { iteration: 1, maxIterations: 3 } })
  lead.send({ id: 'e2', type: 'event', event: 'loop_blocked', data: { iteration: 2, nextAction: 'ask a person' } })
  await expect
    .poll(() => api.getLoopState(sessionId), { timeout: 10_000 })
    .toMatchObject({
      loop: { status: 'blocked', iteration: 2, maxIterations: 3, goal: 'all green', nextAction: 'ask a person' },
    })
  const headers = { authorization: 'Bearer key' }
  const one: unknown = await (await fetch(`${url}/hub/session/${sessionId}`, { headers })).json()
  expect(CoderSessionSchema.safeParse(one).error?.issues).toBeUndefined()
  const { sessions } = await (await fetch(`${url}/hub/sessions`, { headers })).json()
  expect(CoderSessionListItemSchema.safeParse(sessions.websocket[0]).error?.issues).toBeUndefined()
})

it.each([
  ['listUsers', (api: CoderClient) => api.listUsers()],
  ['listWorkspaces', (api: CoderClient) => api.listWorkspaces()],
  ['getWorkspace', (api: CoderClient) => api.getWorkspace('w')],
  ['updateWorkspace', (api: CoderClient) => api.updateWorkspace('w', { name: 'n' })],
  ['refreshWorkspaceSnapshot', (api: CoderClient) => api.refreshWorkspaceSnapshot('w')],
  ['validateWorkspaceDependencies', (api: CoderClient) => api.validateWorkspaceDependencies(['a'])],
  ['deleteWorkspace', (api: CoderClient) => api.deleteWorkspace('w')],
  ['listCustomAgents', (api: CoderClient) => api.listCustomAgents()],
  ['getCustomAgent', (api: CoderClient) => api.getCustomAgent('a')],
  ['updateCustomAgent', (api: CoderClient) => api.updateCustomAgent('a', { displayName: 'A' })],
  ['publishCustomAgent', (api: CoderClient) => api.publishCustomAgent('a')],
  ['archiveCustomAgent', (api: CoderClient) => api.archiveCustomAgent('a')],
  ['listCustomAgentVersions', (api: CoderClient) => api.listCustomAgentVersions('a')],
  ['listSavedSkills', (api: CoderClient) => api.listSavedSkills()],
  ['deleteSavedSkill', (api: CoderClient) => api.deleteSavedSkill('s')],
  ['listSkillBuckets', (api: CoderClient) => api.listSkillBuckets()],
  ['createSkillBucket', (api: CoderClient) => api.createSkillBucket({ name: 'b' })],
  ['deleteSkillBucket', (api: CoderClient) => api.deleteSkillBucket('b')],
  ['listGitHubAccounts', (api: CoderClient) => api.listGitHubAccounts()],
  ['listGitHubRepos', (api: CoderClient) => api.listGitHubRepos('a')],
  ['createAgentBuilderSession', (api: CoderClient) => api.createAgentBuilderSession({ mode: 'new' })],
])('%s is told that this hub does not offer it', async (_name, call) => {
  const { api } = await published()
  await expect(call(api)).rejects.toMatchObject({ status: 501 })
})

it.each(HUB_FOREIGN_RESOURCES)(
  'what is below %s needs a token and is refused by a code of its own',
  async (resource) => {
    const { url } = await published()
    const ask = (headers: Record<string, string>) => fetch(`${url}/hub/${resource}`, { method: 'POST', headers })
    expect((await ask({})).status).toBe(401)
    const answer = await ask({ authorization: 'Bearer key' })
    expect(answer.status).toBe(501)
    expect(await answer.json()).toMatchObject({ error: { code: 'hub/not_offered' } })
  },
)
