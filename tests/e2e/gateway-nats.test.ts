import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startChaosProxy } from '@holdfast/chaos-proxy'
import { HubClient, subscribeToHub } from '@holdfast/hub'
import { paste, ShellSession, shellEndpoint } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type NatsServers, startNats } from '../../scripts/nats-processes.ts'
import { mayGoWithout, natsServerProgram } from '../../scripts/nats-server.ts'
import { GATEWAY_MAIN, type GatewayProcess, run, startGateway } from './gateway-process.ts'
import { READY, Recorded } from './shell/recorded.ts'
import { raw } from './shell/support.ts'
import { Balancer } from './support/balancer.ts'
import { eventually } from './support/cuts.ts'

const PROGRAM = raw(process.execPath, fileURLToPath(new URL('./shell/program.mjs', import.meta.url)), '4096', '5')
const CUTS = 6

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

  async function start(name: string, shell: readonly string[] = ['--shell', 'none']): Promise<GatewayProcess> {
    const place = ['--data', join(folder, name), '--node', name, '--port', '0', '--token', 't', ...shell]
    const gateway = await startGateway([...place, '--store', nats.urls.join(',')])
    gateways.push(gateway)
    return gateway
  }
  const doors = { transport: nodeWebSocket(), token: 't' }

  it('two gateways share sessions: the lead at one, controller and observer at another', async () => {
    const [one, other] = await Promise.all([start('one'), start('other')])
    const onRequest = () => [{ action: 'RETURN', result: 'done' }] as const
    const lead = new HubClient({ ...doors, url: one.url, role: 'lead', onRequest })
    await lead.connect()
    const sessionId = lead.sessionId ?? ''
    const controller = new HubClient({ ...doors, url: other.url, sessionId, role: 'controller' })
    await controller.connect()
    const seen: unknown[] = []
    let joined: () => void = () => {}
    const isIn = new Promise<void>((resolve) => {
      joined = resolve
    })
    const watching = (async () => {
      for await (const message of subscribeToHub({ ...doors, url: other.url, sessionId })) {
        joined()
        if (message.type !== 'broadcast' || message['event'] !== 'agent_progress') continue
        if (seen.push(message['data']) === 20) return
      }
    })()
    // Who comes later is told of what was before as history.
    await isIn
    expect(await controller.command('run', 'tests', { timeoutMs: 30_000 })).toMatchObject({
      actions: [{ action: 'RETURN', result: 'done' }],
    })
    for (let n = 1; n <= 20; n++) await lead.event('agent_progress', { n })
    await watching
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => ({ n: i + 1 })))
    await Promise.all([controller.close(), lead.close()])
  })

  it('two gateways carry a shell to a client of the other one, byte for byte, across cuts', async () => {
    const inside = ['--shell', '/bin/bash', '--shell-host', 'inside']
    const both = await Promise.all([start('shell-one', inside), start('shell-other', inside)])
    // Every connection goes to the other gateway.
    const balancer = await Balancer.start(() => both.map(({ port }) => port))
    const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port: balancer.port } })
    const session = new ShellSession({
      transport: nodeWebSocket(),
      target: shellEndpoint({ url: proxy.url, token: 't', command: PROGRAM }),
      shellId: 'work',
      retry: { baseMs: 20, firstMs: 20, capMs: 100, limits: [], flapLimits: [] },
    })
    const recorded = new Recorded()
    const reading = recorded.read(session)
    await session.connect()
    await eventually(() => recorded.greeting === READY, 'the program is there')
    const pasted = createHash('sha256')
    for (let cut = 0; cut < CUTS; cut += 1) {
      const text = randomBytes(30_000).toString('base64')
      pasted.update(text)
      const { accepted } = proxy.stats
      const pasting = paste(session, text)
      proxy.cut()
      await pasting
      await eventually(() => proxy.stats.accepted > accepted, 'it comes back')
    }
    await session.send(new Uint8Array([0]))
    expect(await session.result).toMatchObject({ kind: 'exited', code: 7 })
    await reading
    const { sentBytes, sent, got } = recorded.trailer
    expect({ bytes: recorded.bytes, sent: recorded.hash.digest('hex') }).toEqual({ bytes: sentBytes, sent })
    expect({ got, gaps: recorded.gaps }).toEqual({ got: pasted.digest('hex'), gaps: 0 })
    await proxy.close()
    await balancer.close()
  })

  it('gateways say that they are degraded while the store is away, and go on when it is back', async () => {
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

  it('gateways say in one sentence why they do not start', async () => {
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
