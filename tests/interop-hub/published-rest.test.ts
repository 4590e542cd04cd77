import {
  CoderClient,
  CoderHubWebSocketClient,
  CoderSessionListItemSchema,
  CoderSessionSchema,
} from '@agentuity/core/coder'
import { HUB_FOREIGN_RESOURCES } from '@holdfast/protocol/hub/rest'
import { memoryLog, tokenAuthenticate } from '@holdfast/server'
import { expect, it, onTestFinished } from 'vitest'
import { startHub } from './support.ts'

const authenticate = tokenAuthenticate([{ secret: 'key', principal: 'somebody' }])

const agentsTokens = tokenAuthenticate([
  { secret: 'ann', principal: 'ann', scopes: ['control', 'observe'] },
  { secret: 'bob', principal: 'bob', scopes: ['lead'] },
  { secret: 'olga', principal: 'olga', scopes: ['observe'] },
])

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

it('a session with a lead is one that the published schemas know, with its loop as its lead reports it', async () => {
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

it('the published REST client keeps custom agents: drafts for their owner, versions for everybody, over a restart', async () => {
  const log = memoryLog()
  const hub = await startHub({ log, authenticate: agentsTokens })
  const of = (apiKey: string, url = hub.url) => new CoderClient({ apiKey, url, orgId: 'org' })
  const [ann, bob, olga] = [of('ann'), of('bob'), of('olga')]
  const fields = { slug: 'tester', displayName: 'Tester', instructions: 'Run the tests.' }
  const made = await ann.createCustomAgent({ ...fields, tools: ['read', 'bash'], model: 'm', thinkingLevel: 'low' })
  expect(made).toMatchObject({ ...fields, tools: ['read', 'bash'], lifecycle: 'draft', visibility: 'private_draft' })
  await expect(bob.getCustomAgent('tester')).rejects.toMatchObject({ status: 404 })
  expect(await bob.listCustomAgents()).toEqual({ agents: [] })
  await expect(bob.createCustomAgent(fields)).rejects.toMatchObject({ status: 409 })
  await expect(olga.createCustomAgent({ ...fields, slug: 'olgas' })).rejects.toMatchObject({ status: 403 })
  expect(await ann.publishCustomAgent('tester')).toMatchObject({ lifecycle: 'published', latestPublishedVersion: 1 })
  const changed = await ann.updateCustomAgent(made.id, { instructions: 'Run them twice.', model: null })
  expect(changed).toMatchObject({ instructions: 'Run them twice.', hasUnpublishedChanges: true })
  expect(changed).not.toHaveProperty('model')
  expect(await olga.getCustomAgent('tester')).toMatchObject({ instructions: 'Run the tests.', model: 'm' })
  expect(await olga.getCustomAgent('tester')).not.toHaveProperty('draft')
  await expect(bob.updateCustomAgent('tester', { displayName: 'Mine' })).rejects.toMatchObject({ status: 403 })
  await ann.publishCustomAgent(made.id)
  expect(await bob.listCustomAgentVersions(made.id)).toMatchObject({
    versions: [
      { version: 2, instructions: 'Run them twice.', createdByUserId: 'ann' },
      { version: 1, instructions: 'Run the tests.' },
    ],
  })
  const again = await startHub({ log, authenticate: agentsTokens })
  const later = of('bob', again.url)
  expect(await later.getCustomAgent('tester')).toMatchObject({ latestPublishedVersion: 2, ownerUserId: 'ann' })
  expect(await of('ann', again.url).archiveCustomAgent('tester')).toMatchObject({ lifecycle: 'archived' })
  expect(await later.listCustomAgents()).toEqual({ agents: [] })
  expect(await later.listCustomAgents({ includeArchived: true })).toMatchObject({ agents: [{ slug: 'tester' }] })
  // The first node reads what the second one wrote before it decides.
  await expect(ann.publishCustomAgent('tester')).rejects.toMatchObject({ status: 409 })
  expect(await ann.listSessions()).toMatchObject({ total: 0 })
})

it.each([
  ['slug: expected', { slug: 'with space' }],
  ['body.instructions: expected string', { instructions: undefined }],
  ['thinkingLevel: expected', { thinkingLevel: 'deep' }],
  ['body.tools[1]: expected string', { tools: ['read', 1] }],
  ['keeps no skills', { savedSkillIds: ['s'] }],
  ['characters in all', { instructions: 'x'.repeat(70_000) }],
])('an agent that is not right is refused: %s', async (sentence, wrong) => {
  const { url } = await published()
  const body = JSON.stringify({ slug: 'a', displayName: 'A', instructions: 'i', ...wrong })
  const headers = { authorization: 'Bearer key' }
  const answer = await fetch(`${url}/hub/agents`, { method: 'POST', headers, body })
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(JSON.stringify(await answer.json())).toContain(sentence)
})

it.each([
  ['listUsers', (api: CoderClient) => api.listUsers()],
  ['listWorkspaces', (api: CoderClient) => api.listWorkspaces()],
  ['getWorkspace', (api: CoderClient) => api.getWorkspace('w')],
  ['updateWorkspace', (api: CoderClient) => api.updateWorkspace('w', { name: 'n' })],
  ['createWorkspace', (api: CoderClient) => api.createWorkspace({ name: 'w', dependencies: ['a'] })],
  ['refreshWorkspaceSnapshot', (api: CoderClient) => api.refreshWorkspaceSnapshot('w')],
  ['validateWorkspaceDependencies', (api: CoderClient) => api.validateWorkspaceDependencies(['a'])],
  ['deleteWorkspace', (api: CoderClient) => api.deleteWorkspace('w')],
  ['listSavedSkills', (api: CoderClient) => api.listSavedSkills()],
  ['saveSkill', (api: CoderClient) => api.saveSkill({ repo: 'r', skillId: 's', name: 'n' })],
  ['createCustomSkill', (api: CoderClient) => api.createCustomSkill({ skillId: 's', name: 'n', content: 'c' })],
  ['deleteSavedSkill', (api: CoderClient) => api.deleteSavedSkill('s')],
  ['listSkillBuckets', (api: CoderClient) => api.listSkillBuckets()],
  ['createSkillBucket', (api: CoderClient) => api.createSkillBucket({ name: 'b' })],
  ['deleteSkillBucket', (api: CoderClient) => api.deleteSkillBucket('b')],
  ['listGitHubAccounts', (api: CoderClient) => api.listGitHubAccounts()],
  ['listGitHubRepos', (api: CoderClient) => api.listGitHubRepos('a')],
  ['createAgentBuilderSession', (api: CoderClient) => api.createAgentBuilderSession({ mode: 'new' })],
])('the published method %s gets the answer that this hub does not offer it', async (_name, call) => {
  const { api } = await published()
  await expect(call(api)).rejects.toMatchObject({ status: 501 })
})

it.each(HUB_FOREIGN_RESOURCES)(
  'the path below %s needs a token and is refused by a code of its own',
  async (resource) => {
    const { url } = await published()
    const ask = (headers: Record<string, string>) => fetch(`${url}/hub/${resource}`, { method: 'POST', headers })
    expect((await ask({})).status).toBe(401)
    const answer = await ask({ authorization: 'Bearer key' })
    expect(answer.status).toBe(501)
    expect(await answer.json()).toMatchObject({ error: { code: 'hub/not_offered' } })
  },
)
