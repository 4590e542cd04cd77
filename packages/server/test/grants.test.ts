import { createServer } from 'node:http'
import { attachEndpoints, type Principal, parseToken, tokenAuthenticate, tokenRights } from '@holdfast/gate'
import { memoryLog, type SessionLog } from '@holdfast/log'
import {
  type AuthorizeShell,
  attachShells,
  defaultPolicy,
  ownerOnly,
  ShellHost,
  shellRequests,
} from '@holdfast/shell-host'
import { VirtualClock } from '@holdfast/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { refusal, TestClient } from '../../shell-host/test/support.ts'
import { grantRequests, openGrants } from '../src/grants/index.ts'
import { createHub } from '../src/hub/index.ts'
import { sessionsEndpoint } from '../src/sessions/index.ts'
import { addressOf, type Json, RawClient } from './hub/support.ts'

const TOKENS = ['ann=ann:lead+control+shell', 'bob=bob:lead+control', 'olga=olga:observe', 'root=root:admin']

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never

/** A node: everything that grants reach, over one log. */
async function node(
  log: SessionLog,
  tokens: readonly string[] = TOKENS,
  clock?: VirtualClock,
  authorize: (principal: Principal) => boolean = () => true,
  isOff = false,
) {
  const list = tokens.map(parseToken)
  const grants = await openGrants({
    log,
    isOff,
    rightsOf: tokenRights(list),
    ...(clock === undefined ? {} : { clock }),
  })
  const authenticate = grants.authenticate(tokenAuthenticate(list))
  const hub = createHub({ log, authenticate, authorize })
  const allows: AuthorizeShell = (principal, action, shell) =>
    authorize(principal) && ownerOnly(principal, action, shell)
  const host = new ShellHost({ policy: defaultPolicy({ shell: '/bin/sh', cwd: '/' }), authorize: allows })
  const sessions = sessionsEndpoint({ hub, authenticate })
  const doors = { authenticate, ...(clock === undefined ? {} : { clock }) }
  const server = createServer()
  attachEndpoints(server, {
    upgrades: [hub.upgrades, attachShells(host, { authenticate }), sessions],
    requests: [
      hub.requests,
      grantRequests({ grants, hub, ...doors }),
      shellRequests({ authenticate, list: async () => host.list(), authorize: allows }),
    ],
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${addressOf(server).port}`
  const clients: RawClient[] = []
  const close = async (): Promise<void> => {
    for (const client of clients) client.drop()
    sessions.close()
    await hub.close()
    await host.close()
    grants.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  const rest = async (token: string, method: string, path: string, body?: Json) => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${base}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json() }
  }
  const dial = (token: string, query: Readonly<Record<string, string>>): RawClient => {
    const url = `${base.replace('http', 'ws')}/api/ws?${new URLSearchParams(query)}`
    const client = new RawClient(url, { headers: { authorization: `Bearer ${token}` } })
    clients.push(client)
    return client
  }
  return { base, ws: base.replace('http', 'ws'), grants, hub, host, rest, dial, close }
}

async function one(...how: Tail<Parameters<typeof node>>) {
  const log = memoryLog()
  const started = await node(log, ...how)
  onTestFinished(async () => {
    await started.close()
    await log.close()
  })
  return { log, ...started }
}

it('a grant lets into its session with its role, over every endpoint, and into nothing else', async () => {
  const { rest, dial, base, ws } = await one()
  const { sessionId } = (await rest('ann', 'POST', '/api/hub/session', { visibility: 'private' })).body
  const other = (await rest('ann', 'POST', '/api/hub/session', {})).body.sessionId
  const made = await rest('ann', 'POST', '/api/grants', { session: sessionId, role: 'control', label: 'for Carl' })
  expect(made).toMatchObject({
    status: 201,
    body: { by: 'ann', session: sessionId, role: 'control', label: 'for Carl' },
  })
  const { token } = made.body
  await dial(token, { role: 'controller', sessionId }).type('init')
  await dial(token, { role: 'observer', sessionId }).type('init')
  expect((await dial(token, { role: 'lead', sessionId }).closed).code).toBe(4403)
  expect((await dial(token, { role: 'lead', sessionId: 'new' }).closed).code).toBe(4403)
  expect((await dial(token, { role: 'observer', sessionId: other }).closed).code).toBe(4404)
  const stream = await fetch(`${base}/api/hub/session/${sessionId}/events`, {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(stream.status).toBe(200)
  await stream.body?.cancel()
  const subscriber = new WebSocket(`${ws}/v1/sessions/ws/${sessionId}/subscribe`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await new Promise((resolve) => subscriber.once('open', resolve))
  subscriber.terminate()
  const seen = await rest(token, 'GET', '/api/hub/sessions')
  expect(seen.body.sessions.websocket.map((session: Json) => session['sessionId'])).toEqual([sessionId])
  const rows: readonly (readonly [string, string, number])[] = [
    ['GET', `/api/hub/session/${sessionId}`, 200],
    ['GET', `/api/hub/session/${sessionId}/participants`, 200],
    ['PATCH', `/api/hub/session/${sessionId}`, 403],
    ['DELETE', `/api/hub/session/${sessionId}`, 403],
    ['POST', `/api/hub/session/${sessionId}/archive`, 403],
    ['POST', '/api/hub/session', 403],
    ['GET', `/api/hub/session/${other}`, 404],
    ['GET', '/api/grants', 403],
    ['POST', '/api/grants', 403],
  ]
  for (const [method, path, status] of rows)
    expect([method, path, (await rest(token, method, path, method === 'GET' ? undefined : {})).status]).toEqual([
      method,
      path,
      status,
    ])
})

it('a grant never lets do more than its maker may, when it is made and when it is used', async () => {
  const { log, rest } = await one()
  const { sessionId } = (await rest('ann', 'POST', '/api/hub/session', { visibility: 'private' })).body
  const open = (await rest('ann', 'POST', '/api/hub/session', {})).body.sessionId
  const ask = async (token: string, body: Json) => (await rest(token, 'POST', '/api/grants', body)).status
  expect(await ask('olga', { session: open, role: 'observe' })).toBe(201)
  expect(await ask('olga', { session: open, role: 'control' })).toBe(403)
  expect(await ask('olga', { shell: 'work', role: 'observe' })).toBe(403)
  expect(await ask('bob', { session: sessionId, role: 'observe' })).toBe(404)
  expect(await ask('bob', { session: 'none', role: 'observe' })).toBe(404)
  expect(await ask('root', { session: sessionId, role: 'lead' })).toBe(201)
  const { token } = (await rest('bob', 'POST', '/api/grants', { session: open, role: 'control' })).body
  expect((await rest(token, 'GET', `/api/hub/session/${open}`)).status).toBe(200)
  // It becomes private: its maker does not find it any more, and no more does the holder.
  await rest('ann', 'PATCH', `/api/hub/session/${open}`, { visibility: 'private' })
  expect((await rest(token, 'GET', `/api/hub/session/${open}`)).status).toBe(404)
  await rest('ann', 'PATCH', `/api/hub/session/${open}`, { visibility: 'organization' })
  const narrower = await node(log, ['ann=ann', 'bob=bob:observe'])
  expect((await narrower.rest(token, 'GET', `/api/hub/session/${open}`)).status).toBe(401)
  await narrower.close()
  const without = await node(log, ['ann=ann'])
  expect((await without.rest(token, 'GET', `/api/hub/session/${open}`)).status).toBe(401)
  await without.close()
})

it('a maker whom `authorize` takes its rights from takes them from whom it gave a grant, at every endpoint', async () => {
  const lost = new Set<string>()
  const { rest, dial, ws } = await one(TOKENS, undefined, ({ id }) => !lost.has(id))
  const { sessionId } = (await rest('ann', 'POST', '/api/hub/session', {})).body
  const shell = await TestClient.dial(`${ws}/shells?shellId=work`, { token: 'ann' })
  await shell.until(() => shell.confirmation !== undefined)
  const session = (await rest('ann', 'POST', '/api/grants', { session: sessionId, role: 'control' })).body.token
  const writer = (await rest('ann', 'POST', '/api/grants', { shell: 'work', role: 'write' })).body.token
  await dial(session, { role: 'controller', sessionId }).type('init')
  const writing = await TestClient.dial(`${ws}/shells?shellId=work`, { token: writer })
  await writing.until(() => writing.confirmation !== undefined)
  lost.add('ann')
  expect((await rest(session, 'GET', `/api/hub/session/${sessionId}`)).status).toBe(403)
  expect((await dial(session, { role: 'controller', sessionId }).closed).code).toBe(4403)
  expect(await refusal(`${ws}/shells?shellId=work`, { token: writer })).toMatchObject({ status: 404 })
  expect((await rest(writer, 'GET', '/shells')).body.shells).toEqual([])
  lost.clear()
  expect((await rest(session, 'GET', `/api/hub/session/${sessionId}`)).status).toBe(200)
})

it('a grant is for one life of its session: one that is made again under the id is another', async () => {
  const { rest, dial } = await one()
  await dial('ann', { role: 'lead', sessionId: 's' }).type('init')
  const { token } = (await rest('ann', 'POST', '/api/grants', { session: 's' })).body
  expect((await rest(token, 'GET', '/api/hub/session/s')).status).toBe(200)
  await rest('ann', 'DELETE', '/api/hub/session/s')
  await dial('ann', { role: 'lead', sessionId: 's' }).type('init')
  expect((await rest(token, 'GET', '/api/hub/session/s')).status).toBe(404)
})

it('revoking a grant ends the connections of its holders at every node, and the token', async () => {
  const log = memoryLog()
  const [a, b] = [await node(log), await node(log)]
  onTestFinished(async () => {
    await a.close()
    await b.close()
    await log.close()
  })
  await a.dial('ann', { role: 'lead', sessionId: 's' }).type('init')
  const { id, token } = (await a.rest('ann', 'POST', '/api/grants', { session: 's' })).body
  // Another node knows it at once.
  const holder = b.dial(token, { role: 'observer', sessionId: 's' })
  await holder.type('init')
  const stream = await fetch(`${b.base}/api/hub/session/s/events`, { headers: { authorization: `Bearer ${token}` } })
  const subscriber = new WebSocket(`${b.ws}/v1/sessions/ws/s/subscribe`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await new Promise((resolve) => subscriber.once('open', resolve))
  const left = new Promise<number>((resolve) => subscriber.once('close', resolve))
  expect((await b.rest('bob', 'DELETE', `/api/grants/${id}`)).status).toBe(404)
  expect((await b.rest('ann', 'DELETE', `/api/grants/${id}`)).body).toEqual({ id, status: 'revoked' })
  expect((await holder.closed).code).toBe(4401)
  expect(await left).toBe(4003)
  await stream.text().catch(() => '')
  for (const at of [a, b]) expect((await at.rest(token, 'GET', '/api/hub/session/s')).status).toBe(401)
})

it('grants are listed for their maker and for admin, without their tokens, and live on after a restart', async () => {
  const { log, rest } = await one()
  await rest('ann', 'POST', '/api/hub/session', {})
  const { body } = await rest('ann', 'POST', '/api/grants', { shell: 'work', role: 'write', expiresInMs: 60_000 })
  expect((await rest('bob', 'GET', '/api/grants')).body).toEqual({ grants: [] })
  const again = await node(log)
  for (const token of ['ann', 'root']) {
    const { grants } = (await again.rest(token, 'GET', '/api/grants')).body
    expect(grants).toHaveLength(1)
    expect(grants[0]).toMatchObject({ id: body.id, by: 'ann', shell: 'work', role: 'write' })
    expect(JSON.stringify(grants)).not.toMatch(/hfg_|digest/)
  }
  await again.close()
  expect(JSON.stringify(await log.read('holdfast/grants', { after: 0 }))).not.toContain(body.token)
})

it('a grant of a shell lets look at it, or write to it, and start none', async () => {
  const { rest, ws } = await one()
  const owner = await TestClient.dial(`${ws}/shells?shellId=work`, { token: 'ann' })
  await owner.until(() => owner.confirmation !== undefined)
  const grant = async (role: string) => (await rest('ann', 'POST', '/api/grants', { shell: 'work', role })).body
  const watcher = await grant('observe')
  expect(await refusal(`${ws}/shells?shellId=work`, { token: watcher.token })).toMatchObject({ status: 403 })
  const watching = await TestClient.dial(`${ws}/shells?shellId=work&mode=observe`, { token: watcher.token })
  await watching.until(() => watching.confirmation !== undefined)
  const writer = await grant('write')
  const writing = await TestClient.dial(`${ws}/shells?shellId=work`, { token: writer.token })
  writing.type('echo al""ive\n')
  await writing.untilText('alive')
  for (const path of ['/shells?shellId=other', '/api/v1/namespaces/n/pods/p/exec?command=id']) {
    const protocols = path.includes('exec') ? ['v5.channel.k8s.io'] : []
    expect(await refusal(`${ws}${path}`, { token: writer.token, protocols })).toMatchObject({ status: 403 })
  }
  expect((await rest(writer.token, 'GET', '/shells')).body.shells).toMatchObject([
    { shellId: 'work', may: ['write', 'takeover'] },
  ])
  await rest('ann', 'DELETE', `/api/grants/${writer.id}`)
  expect((await writing.untilClosed()).code).toBe(4401)
  expect(watching.closed).toBeUndefined()
  expect(await refusal(`${ws}/shells?shellId=work`, { token: writer.token })).toMatchObject({ status: 401 })
})

it('a grant ends at its end, and there are only so many', async () => {
  const clock = new VirtualClock()
  const { rest, grants } = await one(TOKENS, clock)
  const { token } = (await rest('ann', 'POST', '/api/grants', { shell: 'w', expiresInMs: 1_000 })).body
  expect((await rest(token, 'GET', '/shells')).status).toBe(200)
  await clock.advance(1_000)
  expect((await rest(token, 'GET', '/shells')).status).toBe(401)
  const { body } = await rest('ann', 'GET', '/api/grants')
  expect(body.grants).toEqual([])
  const ann = { id: 'ann', scopes: new Set(['shell']) }
  const endsAt = clock.epoch() + 10_000
  for (let index = 0; index < 250; index++) {
    const made = await grants.make(ann, { shell: 'w', role: 'observe', endsAt }).catch(() => undefined)
    expect(made === undefined).toBe(index >= 100)
  }
  expect(await rest('ann', 'POST', '/api/grants', { shell: 'w' })).toMatchObject({
    status: 429,
    body: { error: { code: 'grants/too_many' } },
  })
  expect((await rest('root', 'POST', '/api/grants', { shell: 'w' })).status).toBe(201)
})

it('the list of grants forgets revoked ones, however many there were', async () => {
  const { log, grants } = await one()
  const ann = { id: 'ann', scopes: new Set(['shell']) }
  for (let index = 0; index < 150; index++) {
    const { grant } = await grants.make(ann, { shell: 'w', role: 'observe', endsAt: Date.now() + 60_000 })
    if (index > 0) await grants.revoke(ann, grant.id)
  }
  const { first, last } = await log.head('holdfast/grants')
  expect(last - first).toBeLessThan(250)
  const again = await node(log)
  expect(again.grants.list(ann)).toHaveLength(1)
  await again.close()
})

it('a refused request for a grant says what is wrong', async () => {
  const { rest } = await one()
  const rows: readonly Json[] = [
    {},
    { session: 's', shell: 'w' },
    { shell: 'w', role: 'control' },
    { shell: 'w', expiresInMs: 0 },
    { shell: 'w', expiresInMs: 1e12 },
    { shell: '' },
    { shell: 'w', label: 'x'.repeat(129) },
  ]
  for (const row of rows) expect([row, (await rest('ann', 'POST', '/api/grants', row)).status]).toEqual([row, 400])
  expect((await rest('wrong', 'GET', '/api/grants')).status).toBe(401)
  expect((await rest('ann', 'PUT', '/api/grants')).status).toBe(405)
})

it('a gateway with grants switched off makes none, and refuses tokens from before', async () => {
  const { log, rest } = await one()
  const { sessionId } = (await rest('ann', 'POST', '/api/hub/session', {})).body
  const { token } = (await rest('ann', 'POST', '/api/grants', { session: sessionId })).body
  expect((await rest(token, 'GET', `/api/hub/session/${sessionId}`)).status).toBe(200)
  const off = await node(log, TOKENS, undefined, undefined, true)
  onTestFinished(() => off.close())
  expect((await off.rest(token, 'GET', `/api/hub/session/${sessionId}`)).status).toBe(401)
  expect(await off.rest('ann', 'POST', '/api/grants', { session: sessionId })).toMatchObject({
    status: 403,
    body: { error: { code: 'grants/off' } },
  })
})
