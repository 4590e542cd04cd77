import { parseToken, tokenAuthenticate } from '@holdfast/gate/internals'
import { memoryLog } from '@holdfast/log'
import { memoryCluster } from '@holdfast/log/directory'
import { expect, it } from 'vitest'
import { type Json, startHub, until } from './support.ts'

const authenticate = tokenAuthenticate(
  ['ann=ann:lead+control', 'bob=bob:lead+control', 'root=root:admin', 'plain=default:lead+control'].map(parseToken),
)
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

async function rest(base: string, token: string, method: string, path: string, body?: Json) {
  const init = { method, headers: bearer(token), ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
  const response = await fetch(`${base}/api/hub${path}`, init)
  return {
    status: response.status,
    body: response.headers.get('content-type')?.includes('json') ? await response.json() : {},
  }
}

/** Everything that can be asked of a session over HTTP. */
const ASKED: readonly (readonly [string, string])[] = [
  ['GET', ''],
  ['PATCH', ''],
  ['GET', '/participants'],
  ['GET', '/replay'],
  ['GET', '/events/history'],
  ['GET', '/events'],
  ['POST', '/archive'],
  ['POST', '/resume'],
  ['DELETE', ''],
]

it('a session that was asked to be private is not there for others, over REST and over WebSocket', async () => {
  const { base, client } = await startHub({ authenticate })
  const { body } = await rest(base, 'ann', 'POST', '/session', { visibility: 'private', label: 'mine' })
  expect(body.visibility).toBe('private')
  const { sessionId } = body
  for (const [method, path] of ASKED) {
    expect([
      method,
      path,
      (await rest(base, 'bob', method, `/session/${sessionId}${path}`, method === 'PATCH' ? {} : undefined)).status,
    ]).toEqual([method, path, 404])
  }
  for (const role of ['lead', 'controller', 'observer']) {
    expect((await client({ role, sessionId }, { headers: bearer('bob') }).closed).code).toBe(4404)
  }
  expect((await rest(base, 'bob', 'GET', '/sessions')).body.sessions.websocket).toEqual([])
  for (const token of ['ann', 'root']) {
    expect((await rest(base, token, 'GET', '/sessions')).body.total).toBe(1)
    expect((await rest(base, token, 'GET', `/session/${sessionId}`)).body).toMatchObject({ visibility: 'private' })
    await client({ role: 'observer', sessionId }, { headers: bearer(token) }).type('init')
  }
})

it('a session that names no reach keeps its own and still says private', async () => {
  const { base, log } = await startHub({ authenticate })
  const { body } = await rest(base, 'ann', 'POST', '/session', {})
  expect(body.visibility).toBe('private')
  expect(await log.findSession(body.sessionId)).toMatchObject({ owner: 'ann', reach: 'open' })
  const seen = await rest(base, 'bob', 'GET', `/session/${body.sessionId}`)
  expect(seen).toMatchObject({ status: 200, body: { visibility: 'private' } })
  // What a client sends back as it was told is no request of somebody who does not own it.
  await rest(base, 'bob', 'PATCH', `/session/${body.sessionId}`, { visibility: 'private', label: 'ours' })
  expect(await log.findSession(body.sessionId)).toMatchObject({ reach: 'open', label: 'ours' })
})

it('sessions are private by default where the hub is configured so, unless another visibility is asked for', async () => {
  const { base, client } = await startHub({ authenticate, reach: 'private' })
  const lead = client({ role: 'lead' }, { headers: bearer('ann') })
  const { sessionId } = await lead.type('init')
  expect((await rest(base, 'bob', 'GET', `/session/${sessionId}`)).status).toBe(404)
  const { body } = await rest(base, 'ann', 'POST', '/session', { visibility: 'organization' })
  expect((await rest(base, 'bob', 'GET', `/session/${body.sessionId}`)).body.visibility).toBe('organization')
})

it('sessions of before have no owner and the rights of before', async () => {
  const log = memoryLog()
  await log.createSession('old', { data: { visibility: 'private' } })
  const { base } = await startHub({ authenticate, log, reach: 'private' })
  for (const token of ['ann', 'bob']) expect((await rest(base, token, 'GET', '/session/old')).status).toBe(200)
  await rest(base, 'ann', 'PATCH', '/session/old', { visibility: 'private' })
  expect((await rest(base, 'bob', 'GET', '/session/old')).status).toBe(200)
  expect((await rest(base, 'bob', 'DELETE', '/session/old')).status).toBe(200)
})

it('a participant of a session that becomes private is disconnected, at every node', async () => {
  const log = memoryLog()
  const cluster = memoryCluster()
  const here = await startHub({ authenticate, log, cluster: cluster.join('a') })
  const there = await startHub({ authenticate, log, cluster: cluster.join('b') })
  const { body } = await rest(here.base, 'ann', 'POST', '/session', {})
  const { sessionId } = body
  const guests = [here, there].map((at) => at.client({ role: 'observer', sessionId }, { headers: bearer('bob') }))
  const own = there.client({ role: 'observer', sessionId }, { headers: bearer('ann') })
  for (const one of [...guests, own]) await one.type('init')
  const stream = await fetch(`${there.base}/api/hub/session/${sessionId}/events`, { headers: bearer('bob') })
  const session = await there.hub.sessionFor({ id: 'bob', scopes: new Set(['observe']) }, sessionId)
  await rest(here.base, 'ann', 'PATCH', `/session/${sessionId}`, { visibility: 'private' })
  for (const guest of guests) expect((await guest.closed).code).toBe(4404)
  await stream.text().catch(() => '')
  await until(() => session.ended.aborted)
  session.close()
  expect(own.socket.readyState).toBe(own.socket.OPEN)
  await rest(here.base, 'ann', 'PATCH', `/session/${sessionId}`, { visibility: 'collaborate' })
  await there.client({ role: 'observer', sessionId }, { headers: bearer('bob') }).type('init')
})

it('a driver of another principal with the same id is another client: it never takes the lead over', async () => {
  const { client } = await startHub({ authenticate })
  const query = { role: 'lead', sessionId: 's', driverInstanceId: 'driver-1' }
  const lead = client(query, { headers: bearer('ann') })
  await lead.type('init')
  for (const token of ['bob', 'plain']) expect((await client(query, { headers: bearer(token) }).closed).code).toBe(4409)
  expect(lead.socket.readyState).toBe(lead.socket.OPEN)
  await client(query, { headers: bearer('ann') }).type('init')
  expect((await lead.closed).code).toBe(4410)
})

it('a controller of another principal with the same id does not get the answers', async () => {
  const { client } = await startHub({ authenticate })
  const lead = client({ role: 'lead', sessionId: 's' }, { headers: bearer('ann') })
  await lead.type('init')
  const query = { role: 'controller', sessionId: 's', driverInstanceId: 'desk', resume: '1' }
  const asker = client(query, { headers: bearer('ann') })
  await asker.type('init')
  const spies = ['bob', 'plain', 'root'].map((token) => client(query, { headers: bearer(token) }))
  for (const spy of spies) await spy.type('init')
  asker.send({ type: 'command', id: 'q', name: 'tell', args: '' })
  const asked = await lead.type('command')
  lead.send({ id: asked['id'], actions: [{ action: 'RETURN', result: 'secret answer' }] })
  await asker.next((frame) => frame['id'] === 'q')
  // What comes after it has come: the answer was not among what came before.
  lead.send({ type: 'event', id: 'e', event: 'agent_progress', data: {} })
  for (const spy of spies) {
    await spy.type('broadcast')
    expect(JSON.stringify(spy.frames)).not.toContain('secret answer')
  }
})

it('a driver keeps the name that the log has of it in a session from before owners', async () => {
  const log = memoryLog()
  await log.createSession('old')
  const lease = await log.lease('old', 'hub', 1)
  if (lease.outcome !== 'granted') throw new Error('expected the lease')
  const payload = { t: 'lead', fence: lease.fence, instance: 'd_driver-1' }
  const producer = { id: 'n', fence: lease.fence }
  await log.append('old', [{ id: '1', kind: 'hub.lead', at: 1, payload }], { producer })
  const { hub, client } = await startHub({ authenticate, log })
  await client({ role: 'lead', sessionId: 'old', driverInstanceId: 'driver-1' }, { headers: bearer('ann') }).type(
    'init',
  )
  const session = await hub.session('old')
  expect((await log.read('old', { after: 1 })).events.at(0)?.payload).toMatchObject({ instance: 'd_driver-1' })
  session.close()
})

it('presence shows the principal of the token', async () => {
  const { base, client } = await startHub({ authenticate })
  await client({ role: 'lead', sessionId: 's' }, { headers: bearer('ann') }).type('init')
  await client({ role: 'observer', sessionId: 's', userId: 'ann', origin: 'web' }, { headers: bearer('bob') }).type(
    'init',
  )
  const { body } = await rest(base, 'ann', 'GET', '/session/s/participants')
  const told = body.participants.map(({ role, metadata }: Json) => [role, metadata])
  expect(told).toEqual([
    ['lead', { userId: 'ann' }],
    ['observer', { origin: 'web', userId: 'bob', claimedUserId: 'ann' }],
  ])
})

it('a principal that uses all its connections and sessions leaves room for another', async () => {
  const limits = { maxConnectionsPerPrincipal: 2, maxOpenSessionsPerPrincipal: 2 }
  const { client, base, hub } = await startHub({ authenticate, limits })
  const first = client({ role: 'lead', sessionId: 'one' }, { headers: bearer('ann') })
  await first.type('init')
  await client({ role: 'lead', sessionId: 'two' }, { headers: bearer('ann') }).type('init')
  expect(await client({ role: 'observer', sessionId: 'one' }, { headers: bearer('ann') }).closed).toMatchObject({
    code: 4408,
    reason: 'This principal has 2 connections already.',
  })
  expect((await rest(base, 'ann', 'GET', '/session/one/events')).status).toBe(503)
  await client({ role: 'observer', sessionId: 'one' }, { headers: bearer('bob') }).type('init')
  first.drop()
  await until(() => hub.size === 2)
  const third = client({ role: 'lead', sessionId: 'three' }, { headers: bearer('ann') })
  expect(await third.closed).toMatchObject({ code: 4408, reason: 'This principal has 2 sessions open already.' })
})
