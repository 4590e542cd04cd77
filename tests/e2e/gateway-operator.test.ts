import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HubClient } from '@holdfast/hub'
import { type GatewayOverview, parseHubRest } from '@holdfast/protocol/hub/rest'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterAll, expect, it } from 'vitest'
import { startGateway } from './gateway-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-operator-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('only operators see the health of a gateway, end a connection, and drain it', async () => {
  const tokens = ['--token', 'boss', '--token', 'eyes=watcher:observe']
  const gateway = await startGateway([...tokens, '--data', join(folder, 'data'), '--port', '0'])
  const ask = (path: string, token: string, method = 'GET'): Promise<Response> =>
    fetch(`${gateway.url}/api/operator/${path}`, { method, headers: { authorization: `Bearer ${token}` } })
  const overview = async (): Promise<GatewayOverview> => {
    const parsed = parseHubRest.overview(await (await ask('overview', 'boss')).json())
    if (!parsed.ok) throw new Error(parsed.issue)
    return parsed.message
  }
  expect([(await ask('overview', 'wrong')).status, (await ask('overview', 'eyes')).status]).toEqual([401, 403])
  expect((await ask('drain', 'eyes', 'POST')).status).toBe(403)

  const lead = new HubClient({
    transport: nodeWebSocket(),
    url: gateway.url,
    token: 'boss',
    role: 'lead',
    sessionId: 's',
  })
  await lead.connect()
  await lead.send({ type: 'event', id: 'e', event: 'message_end', data: { content: 'said' } })
  const observer = { transport: nodeWebSocket(), url: gateway.url, sessionId: 's', role: 'observer' } as const
  const watcher = new HubClient({ ...observer, token: 'eyes' })
  await watcher.connect()
  const refused = new HubClient({ ...observer, token: 'nobody' })
  await refused.connect().catch(() => {})

  const told = await overview()
  expect(told).toMatchObject({ status: 'ready', connections: 2, leads: 1, sessions: 1, store: { ok: true } })
  expect(told.messagesIn).toBeGreaterThan(0)
  expect(told.nodes).toHaveLength(1)
  expect(told.recentRefusals[0]).toMatchObject({
    code: 'hub/unauthorized',
    reason: 'Credentials are missing or wrong.',
  })
  const one = told.slowest.find(({ principal }) => principal === 'watcher')
  expect(one).toMatchObject({ sessionId: 's', role: 'observer', transport: 'ws', bufferedBytes: 0, behindEvents: 0 })

  const ended = new Promise<number | undefined>((resolve) => {
    watcher.connection.on('status', ({ status }) => {
      if (status.state !== 'closed' || !('error' in status.outcome)) return
      const { closeCode } = status.outcome.error.details
      resolve(typeof closeCode === 'number' ? closeCode : undefined)
    })
  })
  expect((await ask(`connections/${one?.id}`, 'boss', 'DELETE')).status).toBe(200)
  expect(await ended).toBe(4403)
  // Its client knows before the gateway has seen it leave.
  await expect.poll(async () => (await ask(`connections/${one?.id}`, 'boss', 'DELETE')).status).toBe(404)
  await expect.poll(async () => (await overview()).connections).toBe(1)

  expect((await ask('drain', 'boss', 'POST')).status).toBe(202)
  await lead.close()
  expect((await gateway.ended).code).toBe(0)
})
