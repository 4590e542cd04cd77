import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HubClient, subscribeToHub } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type NatsServers, startNats } from '../../scripts/nats-processes.ts'
import { mayGoWithout, natsServerProgram } from '../../scripts/nats-server.ts'
import { GATEWAY_MAIN, type GatewayProcess, run, startGateway } from './gateway-process.ts'

const missing = mayGoWithout(natsServerProgram())

describe.skipIf(missing !== undefined)(missing ?? 'gateways on NATS', () => {
  let folder = ''
  let nats: NatsServers
  const gateways: GatewayProcess[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-gateway-nats-'))
    nats = await startNats()
  })
  afterEach(async () => {
    await Promise.all(gateways.splice(0).map((gateway) => gateway.stop('SIGTERM')))
  })
  afterAll(async () => {
    await nats?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function start(name: string): Promise<GatewayProcess> {
    const place = ['--data', join(folder, name), '--node', name, '--port', '0', '--shell', 'none', '--token', 't']
    const gateway = await startGateway([...place, '--store', nats.urls.join(',')])
    gateways.push(gateway)
    return gateway
  }
  const doors = { transport: nodeWebSocket(), apiKey: 't' }

  it('share sessions: the lead at one, controller and observer at another', async () => {
    const [one, other] = await Promise.all([start('one'), start('other')])
    const onRequest = () => [{ action: 'RETURN', result: 'done' }] as const
    const lead = new HubClient({ ...doors, url: one.url, role: 'lead', onRequest })
    await lead.connect()
    const sessionId = lead.sessionId ?? ''
    const controller = new HubClient({ ...doors, url: other.url, sessionId, role: 'controller' })
    await controller.connect()
    const seen: unknown[] = []
    const watching = (async () => {
      for await (const message of subscribeToHub({ ...doors, url: other.url, sessionId })) {
        if (message.type !== 'broadcast' || message['event'] !== 'agent_progress') continue
        if (seen.push(message['data']) === 20) return
      }
    })()
    expect(await controller.command('run', 'tests', { timeoutMs: 30_000 })).toMatchObject({
      actions: [{ action: 'RETURN', result: 'done' }],
    })
    for (let n = 1; n <= 20; n++) await lead.event('agent_progress', { n })
    await watching
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => ({ n: i + 1 })))
    await Promise.all([controller.close(), lead.close()])
  })

  it('say that they are degraded while the store is away, and go on when it is back', async () => {
    const gateway = await start('degraded')
    const ready = async () => (await fetch(`${gateway.url}/readyz`)).status
    expect(await ready()).toBe(200)
    const [node] = nats.nodes
    await node?.kill()
    await expect.poll(ready, { timeout: 20_000 }).toBe(503)
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200)
    await node?.start()
    await expect.poll(ready, { timeout: 20_000 }).toBe(200)
  })

  it('say in one sentence why they do not start', async () => {
    const place = ['--port', '0', '--shell', 'none', '--token', 't', '--store']
    const closed = await run(GATEWAY_MAIN, [...place, 'nats://me:geheim@127.0.0.1:1']).ended
    expect(closed.code).toBe(1)
    expect(closed.stderr).toMatch(/^--store: expected a NATS server at 127\.0\.0\.1:1, none answered\.\n$/)
    const wrong = await run(GATEWAY_MAIN, [...place, 'nats://geheim@host:x']).ended
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toMatch(/^--store \(HOLDFAST_STORE\): [^\n]+\n$/)
    expect(closed.stderr + wrong.stderr).not.toContain('geheim')
  })
})
