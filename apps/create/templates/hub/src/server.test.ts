import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HubClient } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type RunningServer, startServer } from './server.ts'

let folder: string
let running: RunningServer
let port: number

async function start(at: number): Promise<void> {
  running = startServer({ path: join(folder, 'sessions.db'), tokens: ['secret=me:lead+control+observe'] })
  running.server.listen(at, '127.0.0.1')
  await once(running.server, 'listening')
  const address = running.server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hub-'))
  await start(0)
})
afterEach(async () => {
  await running.close()
  rmSync(folder, { recursive: true, force: true })
})

function client(role: 'lead' | 'controller'): HubClient {
  const common = { transport: nodeWebSocket(), url: `http://127.0.0.1:${port}`, token: 'secret', sessionId: 's1', role }
  if (role === 'controller') return new HubClient(common)
  return new HubClient({ ...common, onRequest: async () => [{ action: 'RETURN', result: 'done' }] })
}

it('your own routes stay yours', async () => {
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('my application\n')
})

it('a lead answers a controller, before and after the server was restarted', { timeout: 60_000 }, async () => {
  const lead = await client('lead').connect()
  const controller = await client('controller').connect()
  expect((await controller.command('run', 'tests', { onDrop: 'carry' })).actions).toMatchObject([{ result: 'done' }])

  await running.close()
  await start(port)
  expect((await controller.command('run', 'again', { onDrop: 'carry' })).actions).toMatchObject([{ result: 'done' }])
  await controller.close()
  await lead.close()
})
