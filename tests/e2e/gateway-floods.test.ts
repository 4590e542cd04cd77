import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HubClient } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { expect, it, onTestFinished } from 'vitest'
import { run, startGateway } from './gateway-process.ts'
import { freePort } from './support/free-port.ts'
import { liveHeap } from './support/live-heap.ts'

// The short form shows that everybody is served and nothing is kept; the long one is on a quiet machine, and measures.
const LONG = process.env['HOLDFAST_LONG'] === '1'
const FLOODS = [
  ['tokens', LONG ? 60_000 : 1_500],
  ['frames', LONG ? 1_000_000 : 10_000],
  ['malformed', LONG ? 10_000 : 320],
] as const
const FLOOD = fileURLToPath(new URL('support/flood.mjs', import.meta.url))
const MIB = 1024 * 1024
const EVERY_MS = 50
/** Of a durable command to its answer, while others flood. On two cores with nothing else to do. */
const MOST_MS = LONG ? 100 : 20_000

interface Figures {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

it('a client that floods a gateway uses none of its memory afterwards, and delays no other client', {
  timeout: LONG ? 1_200_000 : 180_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-floods-'))
  const inspector = await freePort()
  const args = ['--port', '0', '--token', 't', '--data', join(folder, 'data'), '--shell', 'none']
  const gateway = await startGateway(args, { NODE_OPTIONS: `--inspect=127.0.0.1:${inspector}` })
  onTestFinished(async () => {
    await gateway.stop('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  })

  const common = { transport: nodeWebSocket(), url: gateway.url, token: 't' } as const
  const flooded = new HubClient({ ...common, role: 'lead', sessionId: 'flooded' })
  const lead = new HubClient({ ...common, role: 'lead', onRequest: () => [{ action: 'RETURN', result: 1 }] })
  await Promise.all([flooded.connect(), lead.connect()])
  const healthy = new HubClient({ ...common, role: 'controller', sessionId: lead.sessionId })
  await healthy.connect()
  onTestFinished(async () => {
    await Promise.all([flooded, lead, healthy].map((client) => client.close()))
  })

  // The first of each kind is for what the runtime itself keeps.
  for (const [kind] of FLOODS) await flood(kind, 300, gateway.port)
  const before = await liveHeap(inspector)
  for (const [kind, count] of FLOODS) {
    const commands = measured(healthy)
    const told = await flood(kind, count, gateway.port)
    const figures = await commands()
    const grown = (await liveHeap(inspector)) - before
    if (LONG) process.stderr.write(`${told.trim()}\n${JSON.stringify({ ...figures, grownMiB: grown / MIB })}\n`)
    expect(grown, kind).toBeLessThan(10 * MIB)
    expect(figures.p99, kind).toBeLessThan(MOST_MS)
  }
  expect(gateway.child.exitCode).toBeNull()
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200)
  expect([lead.metrics.dials, healthy.metrics.dials]).toEqual([1, 1])
})

async function flood(kind: string, count: number, port: number): Promise<string> {
  const { code, stdout, stderr } = await run(FLOOD, [kind, `${count}`, `${port}`, 't']).ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

/** Asks again and again until the result is called, and says how long answers took. */
function measured(client: HubClient): () => Promise<Figures> {
  const times: number[] = []
  let isOver = false
  const asking = (async () => {
    while (!isOver) {
      const begun = performance.now()
      await client.command('run', 'tests', { timeoutMs: 60_000 })
      times.push(performance.now() - begun)
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
    }
  })()
  return async () => {
    isOver = true
    await asking
    times.sort((one, other) => one - other)
    const at = (share: number): number => Math.round(times[Math.floor(share * (times.length - 1))] ?? 0)
    return { p50: at(0.5), p99: at(0.99), max: at(1) }
  }
}
