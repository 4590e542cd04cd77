import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { HubClient, type HubError } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { expect, it, onTestFinished } from 'vitest'
import { application } from './server.ts'

it('the embedded hub answers the application’s routes and the hub’s on one port, and ends both at once', async () => {
  const { app, hub } = application(new Map([['secret', 'ann']]))
  onTestFinished(async () => app.close())
  const url = await app.listen({ port: 0 })
  const told: unknown[] = []
  const errors: HubError[] = []
  const join = (token: string): HubClient =>
    new HubClient({
      transport: nodeWebSocket(),
      url,
      token,
      role: 'lead',
      onMessage: (message) => message.type === 'broadcast' && void told.push(message['event']),
      onClosed: ({ error }) => void (error !== undefined && errors.push(error)),
    })
  const client = join('secret')
  onTestFinished(() => client.close({ flushMs: 0 }))
  await client.connect()
  expect(await (await fetch(url)).text()).toBe('the application')
  expect((await fetch(`${url}/elsewhere`)).status).toBe(404)
  expect((await fetch(`${url}/api/hub/sessions`)).status).toBe(401)
  expect((await fetch(`${url}/deploys/${client.sessionId}`, { method: 'POST' })).status).toBe(200)
  while (told.length === 0) await new Promise((resolve) => setImmediate(resolve))
  expect(told).toEqual(['deploy_started'])
  await expect(join('wrong').connect()).rejects.toMatchObject({ code: 'hub/auth_failed' })
  void client.close({ flushMs: 0 })
  await app.close()
  while (hub.size > 0) await new Promise((resolve) => setImmediate(resolve))
  expect(errors.map(({ code }) => code)).toEqual(['hub/auth_failed'])
})

it('the embedded hub runs by its own command', async () => {
  const run = promisify(execFile)
  const runner = new URL('../../scripts/run.mjs', import.meta.url).pathname
  const { stdout } = await run('node', [runner, 'main.ts'], { cwd: import.meta.dirname, timeout: 50_000 })
  expect(stdout).toContain('GET /: the application')
  expect(stdout).toContain('"event":"deploy_started"')
})
